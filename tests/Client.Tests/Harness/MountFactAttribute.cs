namespace StreamBack.Client.Tests.Harness;

/// <summary>A test that needs to mount file systems; shown as skipped where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> MayMount = new(() =>
    {
        using var home = new Home();
        using var mount = Mount.TryTemporary(home, "probe", 1);
        return mount is not null;
    });

    public MountFactAttribute()
    {
        if (!MayMount.Value)
            Skip = "This user may not mount file systems";
    }
}
