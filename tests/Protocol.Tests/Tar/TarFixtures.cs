namespace StreamBack.Protocol.Tests.Tar;

/// <summary>
/// Tars made by GNU tar and bsdtar from one tree that has everything: long and odd names, links, a fifo and (as root)
/// devices, sparse files, attributes, times before 1970. Owns a temporary folder.
/// </summary>
public sealed class TarFixtures : IDisposable
{
    // Attributes and devices are left out where the file system or the user may not have them.
    private const string MakeTree = """
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
        mknod tree/char c 1 3 2> /dev/null || true
        mknod tree/block-device b 7 9 2> /dev/null || true
        chmod 4751 tree/large
        touch -d '1969-12-31 23:59:58.5' tree/nothing
        touch -d '1901-01-01' tree/block
        touch -d '2024-02-29 12:34:56.123456789' tree/hello
        python3 -c 'import os; os.setxattr("tree/large", "user.binary", bytes(range(256)) * 3)' 2> /dev/null || true
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

    private static readonly Dictionary<string, string> Recipes = new()
    {
        ["gnu"] = "tar --format=gnu -cf $OUT tree",
        ["oldgnu"] = "tar --format=oldgnu -cf $OUT tree",
        ["pax"] = "tar --format=pax -cf $OUT tree",
        ["pax-all-times"] = "tar --format=pax --pax-option=exthdr.name=%d/Pax/%f,atime:=5,ctime:=-6.5 -cf $OUT tree",
        ["pax-global"] = "tar --format=pax --pax-option=globexthdr.name=g,uname=somebody,mtime=77.5 -cf $OUT tree",
        ["ustar"] = "tar --format=ustar --exclude='ddd*' --exclude='nnn*' --exclude='soft-long' --exclude=nothing --exclude=block -cf $OUT tree",
        ["v7"] = "tar --format=v7 --exclude='ddd*' --exclude='nnn*' --exclude='soft-long' --exclude=nothing --exclude=block --exclude=fifo --exclude=char --exclude=block-device -cf $OUT tree",
        ["xattrs"] = "tar --xattrs --acls --selinux -cf $OUT tree 2> /dev/null",
        ["label"] = "tar --format=gnu -V 'The label' -cf $OUT tree",
        ["label-pax"] = "tar --format=pax -V 'The label' -cf $OUT tree/hello",
        ["incremental"] = "tar --format=gnu --listed-incremental=$OUT.snar -cf $OUT tree",
        ["incremental-pax"] = "tar --format=pax --listed-incremental=$OUT.snar -cf $OUT tree",
        ["numeric"] = "tar --format=gnu --numeric-owner --owner=:3000000 --group=:4000000 -cf $OUT tree/hello",
        ["one-record"] = "tar -b 1 -cf $OUT tree/hello",
        ["appended"] = "tar -cf $OUT tree/hello; tar -rf $OUT tree/large",
        ["concatenated-by-tar"] = "tar -cf $OUT tree/hello; tar -cf $OUT.2 tree/large; tar -Af $OUT $OUT.2",
        ["no-dereference-twice"] = "tar --hard-dereference -cf $OUT tree/hello tree/hard tree/hello",
        ["sparse-gnu"] = "tar --format=gnu --sparse -cf $OUT sparse tree/hello",
        ["sparse-oldgnu"] = "tar --format=oldgnu --sparse -cf $OUT sparse tree/hello",
        ["sparse-pax-0.0"] = "tar --format=pax --sparse --sparse-version=0.0 -cf $OUT sparse tree/hello",
        ["sparse-pax-0.1"] = "tar --format=pax --sparse --sparse-version=0.1 -cf $OUT sparse tree/hello",
        ["sparse-pax-1.0"] = "tar --format=pax --sparse --sparse-version=1.0 -cf $OUT sparse tree/hello",
        ["bsdtar-pax"] = "bsdtar --format=pax -cf $OUT tree",
        ["bsdtar-default"] = "bsdtar -cf $OUT tree",
        ["bsdtar-gnu"] = "bsdtar --format=gnutar -cf $OUT tree",
        ["bsdtar-ustar"] = "bsdtar --format=ustar --exclude='ddd*' --exclude='nnn*' --exclude='soft-long' -cf $OUT tree",
        ["bsdtar-v7"] = "bsdtar --format=v7 --exclude='ddd*' --exclude='nnn*' --exclude='soft-long' --exclude=fifo --exclude=char --exclude=block-device -cf $OUT tree",
        ["bsdtar-sparse"] = "bsdtar --format=pax --read-sparse -cf $OUT sparse/holes sparse/few sparse/hole",
    };

    private readonly string folder = Directory.CreateTempSubdirectory("tar-fixtures-").FullName;
    private readonly Dictionary<string, byte[]> tars = [];

    public TarFixtures() => TarTools.Script(folder, MakeTree);

    /// <summary>Every fixture that is one whole archive.</summary>
    public static TheoryData<string> Names => [.. Recipes.Keys];

    /// <summary>Those without sparse members: their payloads are the files.</summary>
    public static TheoryData<string> PlainNames
        => [.. Recipes.Keys.Where(name => !name.Contains("sparse", StringComparison.Ordinal))];

    /// <summary>A fixture's bytes, made when first asked for.</summary>
    public byte[] Get(string name)
    {
        if (!tars.TryGetValue(name, out byte[]? bytes))
            tars[name] = bytes = Make(name, Recipes[name]);
        return bytes;
    }

    /// <summary>Runs a script in the folder of the tree, and returns what it left in the file <c>$OUT</c>.</summary>
    public byte[] Make(string name, string script)
    {
        string file = Path.Combine(folder, name + ".tar");
        TarTools.Script(folder, $"OUT={file}\n{script}");
        return File.ReadAllBytes(file);
    }

    /// <summary>The bytes of another file that a script left.</summary>
    public byte[] Read(string file) => File.ReadAllBytes(Path.Combine(folder, file));

    // By a tool: names that are no UTF-8 are beyond .NET.
    public void Dispose() => TarTools.Script(Path.GetTempPath(), $"rm -r {folder}");
}
