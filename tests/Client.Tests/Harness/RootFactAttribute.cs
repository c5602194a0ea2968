namespace StreamBack.Client.Tests.Harness;

/// <summary>A test of what only root can do.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "Only root gives files to others";
    }
}
