namespace StreamBack.Client.Tests.Harness;

/// <summary>A test that needs to mount file systems; shown as skipped, and why, where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        if (Mount.WhyNot is { } reason)
            Skip = $"This needs to mount a file system, and this user may not: {reason}";
    }
}
