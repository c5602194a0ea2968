namespace StreamBack.Client.Tests.Harness;

/// <summary>A test that needs to mount file systems; shown as skipped, and why, where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    /// <param name="image">It needs one that is in a file.</param>
    public MountFactAttribute(bool image = false)
    {
        if ((image ? Mount.WhyNoImage : Mount.WhyNot) is { } reason)
            Skip = $"This needs to mount a file system, and this user may not: {reason}";
    }
}
