using StreamBack.Protocol;

namespace StreamBack.Server.Crypto;

/// <summary>
/// Does in memory, on a core that would be idle, what opening a repository begins with: loading libsodium, OpenSSL and the JSON
/// reader, and compiling the first calls, takes 20 ms the first time (docs/decisions/0006).
/// </summary>
public static class HeadStart
{
    /// <summary>Begins; returns at once. Nothing comes of it but time: what is missing is told by whoever needs it.</summary>
    public static void Begin()
    {
        if (Environment.ProcessorCount > 1)
            new Thread(Practise) { IsBackground = true, Name = "head start" }.Start();
    }

    private static void Practise()
    {
        try
        {
            using var keys = RepositoryKeys.New(RepositoryId.New());
            using var opened = KeyFile.Read(KeyFile.Write(keys, "{}"u8, passphrase: null), "practice").TryOpen(passphrase: null);
            Span<byte> head = stackalloc byte[FileHead.Size];
            new FileHead("PRACTICE", keys.Repository).Write(head);
            using var key = keys.FileKey(head);
            key.TryOpen(SealedKind.Label, 0, key.Seal(SealedKind.Label, 0, head), stackalloc byte[FileHead.Size]);
        }
        catch (Exception)
        {
            // On a thread of its own it would end the process: also --version, which needs none of this.
        }
    }
}
