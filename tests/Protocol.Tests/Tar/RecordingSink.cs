using System.Text;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>One member as a scan told of it; names as Latin-1, so that each byte is one character.</summary>
internal sealed record RecordedMember(
    string Name, string LinkName, string UserName, string GroupName, char Type, bool IsDirectory, long PayloadSize,
    long? SparseSize, int Mode, long Uid, long Gid, TarTime Modified, bool IsMalformed, long Archive)
{
    /// <summary>The payload that came.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>Whether its end was told.</summary>
    public bool IsEnded { get; set; }
}

/// <summary>Everything that a scan told, and checks that it told it in the order it promises.</summary>
internal sealed class RecordingSink : ITarSink
{
    private readonly List<byte> whole = [];
    private readonly List<byte> content = [];
    private readonly StringBuilder layout = new();
    private RecordedMember? open;
    private long? ownHeaders;
    private char lastStream;
    private long runBytes;

    public List<RecordedMember> Members { get; } = [];

    public byte[] Whole => whole.ToArray();

    public long HeaderBytes { get; private set; }

    public long PayloadBytes { get; private set; }

    /// <summary>
    /// How the streams and members interleave: <c>H512</c> header bytes, <c>P5</c> payload bytes, <c>[</c> and
    /// <c>]</c> a member's begin and end.
    /// </summary>
    public string Layout
    {
        get
        {
            EndRun();
            return layout.ToString();
        }
    }

    /// <summary>Where in the header stream each member's own headers begin, and how long they are.</summary>
    public List<(long Offset, long Length)> OwnHeaders { get; } = [];

    /// <summary>Where in the header stream global headers begin.</summary>
    public List<long> Globals { get; } = [];

    public TarVerdict? Verdict { get; private set; }

    public IEnumerable<string> Names => Members.Select(member => member.Name);

    /// <summary>Scans bytes in slices of the given lengths, the last one for all that is left.</summary>
    public static RecordingSink Scan(byte[] bytes, params IEnumerable<int> slices)
    {
        var sink = new RecordingSink();
        var scanner = new TarScanner(sink);
        ReadOnlySpan<byte> rest = bytes;
        foreach (int slice in slices)
        {
            int length = Math.Min(slice, rest.Length);
            scanner.Scan(rest[..length]);
            rest = rest[length..];
        }

        scanner.Scan(rest);
        sink.Verdict = scanner.Finish();
        Assert.Equal(sink.Members.Count, scanner.Members);
        Assert.Equal(sink.Members.Count, sink.Verdict.Members);
        return sink;
    }

    /// <summary>Another scan must have told the very same.</summary>
    /// <returns>True: what FsCheck wants of a property that holds.</returns>
    public bool AssertSame(RecordingSink other)
    {
        Assert.Equal(Layout, other.Layout);
        Assert.Equal(Verdict, other.Verdict);
        Assert.Equal(Whole, other.Whole);
        Assert.Equal(Members.Count, other.Members.Count);
        foreach ((RecordedMember one, RecordedMember another) in Members.Zip(other.Members))
        {
            Assert.Equal(one.Content, another.Content);
            Assert.Equal(one with { Content = another.Content }, another);
        }

        return true;
    }

    public void Header(ReadOnlySpan<byte> bytes)
    {
        Assert.Null(open);
        HeaderBytes += bytes.Length;
        Add('H', bytes);
    }

    public void Payload(ReadOnlySpan<byte> bytes)
    {
        if (open is not null)
            content.AddRange(bytes);
        PayloadBytes += bytes.Length;
        Add('P', bytes);
    }

    public void MemberHeaders()
    {
        Assert.Null(open);
        ownHeaders = HeaderBytes;
    }

    public void GlobalHeader() => Globals.Add(HeaderBytes);

    public void MemberBegin(in TarMember member)
    {
        Assert.Null(open);
        Assert.NotNull(ownHeaders);
        OwnHeaders.Add((ownHeaders.Value, HeaderBytes - ownHeaders.Value));
        ownHeaders = null;
        open = new RecordedMember(
            Latin1(member.Name), Latin1(member.LinkName), Latin1(member.UserName), Latin1(member.GroupName),
            (char)member.Type, member.IsDirectory, member.PayloadSize, member.SparseSize, member.Mode, member.Uid,
            member.Gid, member.Modified, member.IsMalformed, member.Archive);
        content.Clear();
        Members.Add(open);
        EndRun();
        layout.Append('[');
    }

    public void MemberEnd()
    {
        Assert.NotNull(open);
        Assert.Equal(open.PayloadSize, content.Count);
        open.Content = content.ToArray();
        open.IsEnded = true;
        open = null;
        EndRun();
        layout.Append(']');
    }

    private static string Latin1(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private void Add(char stream, ReadOnlySpan<byte> bytes)
    {
        whole.AddRange(bytes);
        if (stream != lastStream)
            EndRun();
        lastStream = stream;
        runBytes += bytes.Length;
    }

    private void EndRun()
    {
        if (runBytes > 0)
            layout.Append(lastStream).Append(runBytes);
        runBytes = 0;
    }
}
