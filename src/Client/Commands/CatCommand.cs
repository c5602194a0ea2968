using System.CommandLine;
using System.Text;
using StreamBack.Client.Terminal;
using StreamBack.Protocol;
using StreamBack.Protocol.Catalogs;

namespace StreamBack.Client.Commands;

/// <summary><c>cat NAME[@WHICH] PATH</c></summary>
internal static class CatCommand
{
    private static readonly Argument<string> Which = SnapshotArgument.Create();
    private static readonly Argument<string> Path = new("PATH") { Description = "A file of the tar" };

    /// <summary>The verb.</summary>
    public static Command Create() => Verb.Create(
        "cat",
        "Write the contents of one file in a snapshot",
        """
        streamback cat web1/etc etc/fstab
        streamback cat web1/etc@2026-11 etc/fstab | diff - /etc/fstab
        """,
        [Which, Path],
        [RateOption.Rate],
        Run);

    private static int Run(CommandContext context)
    {
        var selector = SnapshotSelector.Parse(context.Arguments.GetRequiredValue(Which));
        var path = MemberPath.Clean(Encoding.UTF8.GetBytes(context.Arguments.GetRequiredValue(Path)));
        using var repository = context.Reach();
        var snapshot = OneSnapshot.Find(repository, selector);
        using var output = new StandardOutput();
        repository.GetMember(snapshot, path, context.Limited(output), new TransferProgress(), context.Cancellation);
        if (snapshot.Kind == SnapshotKinds.Tar)
            context.NoticeMarks(snapshot);
        if (snapshot.IsPartial && snapshot.Kind != SnapshotKinds.Tar)
            throw new RepositoryException(ErrorCode.Incomplete, $"{snapshot.ShortName} is marked {string.Join(", ", snapshot.Marks)}: these are all its bytes");
        return 0;
    }
}
