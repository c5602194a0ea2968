namespace StreamBack.Protocol.Http;

/// <summary>The body of <c>POST /forget</c>. What is left out counts as none.</summary>
public sealed record ForgetOrder(
    string Name, int? Last = null, int? Hourly = null, int? Daily = null, int? Weekly = null, int? Monthly = null, int? Yearly = null, long? WithinSeconds = null, bool? DryRun = null)
{
    /// <summary>A thousand years: a longer span means all.</summary>
    private const long MostSeconds = 1000L * 366 * 24 * 60 * 60;

    /// <summary>As it goes over the wire.</summary>
    public static ForgetOrder Of(ForgetRequest request)
    {
        var (last, hourly, daily, weekly, monthly, yearly, within) = request.Policy;
        return new ForgetOrder(request.Name, last, hourly, daily, weekly, monthly, yearly, (long?)within?.TotalSeconds, request.DryRun);
    }

    /// <summary>What it asks for.</summary>
    public ForgetRequest ToRequest() => new(
        Name,
        new RetentionPolicy(Last ?? 0, Hourly ?? 0, Daily ?? 0, Weekly ?? 0, Monthly ?? 0, Yearly ?? 0, WithinSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, -1, MostSeconds)) : null),
        DryRun == true);
}
