using StreamBack.Server.Bundles;

namespace StreamBack.Server.Snapshots;

/// <summary>What of a frame is wanted soon.</summary>
internal sealed class WantedFrame(BundleReader bundle, int number)
{
    private readonly HashSet<int> entries = [];

    /// <summary>The frame's bundle.</summary>
    public BundleReader Bundle => bundle;

    /// <summary>Its number there.</summary>
    public int Number => number;

    /// <summary>How many of its entries are wanted.</summary>
    public int Entries => entries.Count;

    /// <summary>Bytes of these.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many pieces of the stream they are that were not decided on yet.</summary>
    public int Pieces { get; set; }

    /// <summary>Wants one more.</summary>
    public void Add(int entry, int length)
    {
        Pieces++;
        if (entries.Add(entry))
            Bytes += length;
    }
}
