namespace StreamBack.Client.Tests.Harness;

/// <summary>A test that needs to mount by FUSE; shown as skipped, and why, where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FuseFactAttribute : FactAttribute
{
    public FuseFactAttribute()
    {
        if (!File.Exists("/dev/fuse"))
            Skip = "This needs /dev/fuse";
        else if (Mount.WhyNot is { } reason)
            Skip = $"This needs to mount a file system, and this user may not: {reason}";
    }
}
