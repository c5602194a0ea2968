namespace StreamBack.Micro;

/// <summary>The middle of some measurements.</summary>
internal static class Median
{
    /// <summary>The upper median.</summary>
    /// <param name="values">One or more.</param>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
