namespace StreamBack.Protocol.Tests.Tar;

/// <summary>How one fixture is made, and what shows that it holds what it is for.</summary>
/// <param name="Make">A bash script that leaves the tar in <c>$OUT</c>.</param>
/// <param name="Proof">Commands of <see cref="TarRecipes.Proofs"/>.</param>
internal sealed record TarRecipe(string Make, string Proof);

/// <summary>What the tools are asked for, dialect by dialect.</summary>
internal static class TarRecipes
{
    /// <summary>Makes the folders <c>tree</c> and <c>sparse</c>. Only root may make devices.</summary>
    public const string Tree = """
        mkdir -p tree/deep/er tree/empty sparse
        printf hello > tree/hello
        head -c 512 /dev/zero > tree/block
        head -c 513 /dev/urandom > tree/block-and-one
        head -c 70000 /dev/urandom > tree/large
        : > tree/nothing
        printf x > "tree/deep/er/$(printf 'n%.0s' $(seq 240))"
        long=tree/deep; for i in 1 2 3; do long=$long/$(printf 'd%.0s' $(seq 100)); done
        mkdir -p "$long"; printf y > "$long/file"
        printf z > $'tree/na\xff\xfeme'
        printf z > $'tree/ümläut'
        printf z > $'tree/two\nlines'
        printf z > 'tree/ blanks and \slash'
        ln tree/hello tree/hard
        ln -s hello tree/soft
        ln -s "$(printf 't%.0s' $(seq 150))" tree/soft-long
        mkfifo tree/fifo
        if ((EUID == 0)); then
          mknod tree/char c 1 3
          mknod tree/block-device b 7 9
        fi
        chmod 4751 tree/large
        touch -d '1969-12-31 23:59:58.5' tree/nothing
        touch -d '1901-01-01' tree/block
        touch -d '2024-02-29 12:34:56.123456789' tree/hello
        python3 -c '
        with open("sparse/holes", "wb") as f:
            for i in range(100):
                f.seek(i * 65536); f.write(b"x" * (i + 1))
            f.truncate(100 * 65536)'
        python3 -c '
        with open("sparse/few", "wb") as f:
            f.seek(100000); f.write(b"few")'
        truncate -s 9G sparse/huge; printf end >> sparse/huge
        truncate -s 1M sparse/hole
        """;

    /// <summary>
    /// What a proof is made of. <c>holds TEXT</c>: these bytes are in it; <c>lists REGEX</c>: GNU tar lists such a line;
    /// <c>magic TEXT</c>: the first header has it, as <c>od -c</c> shows it; <c>type LETTER</c>: some header has it.
    /// </summary>
    public const string Proofs = """
        lacks() { echo "${OUT##*/} lacks $1" >&2; exit 1; }
        holds() { grep -aqF -- "$1" "$OUT" || lacks "$1"; }
        lists() { tar tv --quoting-style=escape -f "$OUT" 2> /dev/null | grep -Eq -- "$1" || lacks "$1"; }
        magic() { [[ $(od -An -c -j257 -N8 "$OUT" | tr -d ' ') == "$1" ]] || lacks "magic $1"; }
        type() {
          python3 -c 'if True:
            import sys
            data = open(sys.argv[1], "rb").read()
            headers = (data[at:at + 512] for at in range(0, len(data), 512))
            sys.exit(all(b[257:262] != b"ustar" or chr(b[156]) != sys.argv[2] for b in headers))' "$OUT" "$1" || lacks "type $1"
        }
        """;

    // Extended attributes and access control lists are kept apart from the tree: not every file system has them.
    private const string Attributed = """
        mkdir -p attributed/folder
        printf a > attributed/file
        setfattr -n user.note -v kept attributed/file
        setfattr -n user.binary -v 0x000aff3d attributed/file
        setfacl -m u:12345:rw attributed/file
        setfacl -d -m g:23456:rx attributed/folder

        """;

    private const string NoLongNames = "--exclude='ddd*' --exclude='nnn*' --exclude='soft-long'";
    private const string NoOldTimes = "--exclude=nothing --exclude=block";
    private const string NoDevices = "--exclude=fifo --exclude=char --exclude=block-device";

    private const string Gnu = @"magic 'ustar\0';";
    private const string Posix = @"magic 'ustar\000';";
    private const string V7 = @"magic '\0\0\0\0\0\0\0\0';";
    private const string OddNames = @"lists 'na\\377\\376me$'; lists '^h.* link to tree/h'; lists ' -> hello$';";
    private const string Devices = "if ((EUID == 0)); then lists '^c.* 1,3 '; lists '^b.* 7,9 '; fi; lists '^p';";
    private const string LongNames = "lists '(d{100}/){3}file$'; lists 'n{240}$'; lists 't{150}$';";
    private const string OldTimes = "lists ' 1969-12-31 23:59 ';";
    private const string Everything = OddNames + Devices + LongNames + OldTimes;
    private const string Over8GiB = "lists ' 9663676419 .*sparse/huge$';";

    /// <summary>Every fixture that is one whole archive, by its name.</summary>
    public static Dictionary<string, TarRecipe> Whole { get; } = new()
    {
        ["gnu"] = new("tar --format=gnu -cf $OUT tree", Gnu + Everything + "type L; type K"),
        ["oldgnu"] = new("tar --format=oldgnu -cf $OUT tree", Gnu + Everything + "type L; type K"),
        ["pax"] = new("tar --format=pax -cf $OUT tree", Posix + Everything + "type x"),
        ["pax-all-times"] = new(
            "tar --format=pax --pax-option=exthdr.name=%d/Pax/%f,atime:=5,ctime:=-6.5 -cf $OUT tree",
            Posix + Everything + "holds ' ctime=-6.5'"),
        ["pax-global"] = new(
            "tar --format=pax --pax-option=globexthdr.name=g,uname=somebody,mtime=77.5 -cf $OUT tree",
            Posix + LongNames + "type g; holds ' uname=somebody'"),
        ["ustar"] = new($"tar --format=ustar {NoLongNames} {NoOldTimes} -cf $OUT tree", Posix + OddNames + Devices),
        ["v7"] = new($"tar --format=v7 {NoLongNames} {NoOldTimes} {NoDevices} -cf $OUT tree", V7 + OddNames),
        ["attributes"] = new(
            Attributed + "tar --xattrs --acls -cf $OUT attributed",
            "holds SCHILY.xattr.user.note=kept; holds SCHILY.xattr.user.binary=; holds SCHILY.acl.access=user::; holds SCHILY.acl.default=user::"),
        ["label"] = new("tar --format=gnu -V 'The label' -cf $OUT tree", "lists '^V.*The label--Volume Header--'; holds 'ustar  '"),
        ["label-pax"] = new("tar --format=pax -V 'The label' -cf $OUT tree/hello", Posix + "holds 'GNU.volume.label=The label'"),
        ["incremental"] = new("tar --format=gnu --listed-incremental=$OUT.snar -cf $OUT tree", Gnu + Everything + "type D"),
        ["incremental-pax"] = new(
            "tar --format=pax --listed-incremental=$OUT.snar -cf $OUT tree", Posix + Everything + "holds GNU.dumpdir="),
        ["numeric"] = new(
            "tar --format=gnu --numeric-owner --owner=:3000000 --group=:4000000 -cf $OUT tree/hello",
            "lists ' 3000000/4000000 '; [[ $(od -An -tx1 -j108 -N1 $OUT) == ' 80' ]] || lacks base-256"),
        ["one-record"] = new("tar -b 1 -cf $OUT tree/hello", "[[ $(stat -c %s $OUT) == 2048 ]] || lacks 'a short end'"),
        ["appended"] = new("tar -cf $OUT tree/hello; tar -rf $OUT tree/large", "lists tree/hello; lists tree/large"),
        ["concatenated-by-tar"] = new(
            "tar -cf $OUT tree/hello; tar -cf $OUT.2 tree/large; tar -Af $OUT $OUT.2", "lists tree/hello; lists tree/large"),
        ["no-dereference-twice"] = new(
            "tar --hard-dereference -cf $OUT tree/hello tree/hard tree/hello", "lists '^-.*tree/hello'; lists '^-.*tree/hard'"),
        ["sparse-gnu"] = new("tar --format=gnu --sparse -cf $OUT sparse tree/hello", Gnu + Over8GiB + "type S"),
        ["sparse-oldgnu"] = new("tar --format=oldgnu --sparse -cf $OUT sparse tree/hello", Gnu + Over8GiB + "type S"),
        ["sparse-pax-0.0"] = new(
            "tar --format=pax --sparse --sparse-version=0.0 -cf $OUT sparse tree/hello", Over8GiB + "holds GNU.sparse.numbytes="),
        ["sparse-pax-0.1"] = new(
            "tar --format=pax --sparse --sparse-version=0.1 -cf $OUT sparse tree/hello", Over8GiB + "holds GNU.sparse.map="),
        ["sparse-pax-1.0"] = new(
            "tar --format=pax --sparse --sparse-version=1.0 -cf $OUT sparse tree/hello", Over8GiB + "holds GNU.sparse.major=1"),
        ["bsdtar-pax"] = new("bsdtar --format=pax -cf $OUT tree", Posix + Everything + "type x"),
        ["bsdtar-default"] = new("bsdtar -cf $OUT tree", Posix + Everything),
        ["bsdtar-gnu"] = new("bsdtar --format=gnutar -cf $OUT tree", Gnu + OddNames + Devices + LongNames + "type L; type K"),
        ["bsdtar-ustar"] = new($"bsdtar --format=ustar {NoLongNames} -cf $OUT tree", Posix + OddNames + Devices),
        ["bsdtar-v7"] = new($"bsdtar --format=v7 {NoLongNames} {NoDevices} -cf $OUT tree", V7 + OddNames),
        ["bsdtar-sparse"] = new(
            "bsdtar --format=pax --read-sparse -cf $OUT sparse/holes sparse/few sparse/hole", "holds GNU.sparse.major=1"),
        ["bsdtar-attributes"] = new(
            Attributed + "bsdtar --xattrs --acls -cf $OUT attributed",
            "holds SCHILY.xattr.user.note=kept; holds SCHILY.acl.access=user::; holds SCHILY.acl.default=user::"),
    };
}
