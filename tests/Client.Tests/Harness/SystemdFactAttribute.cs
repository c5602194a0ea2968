namespace StreamBack.Client.Tests.Harness;

/// <summary>A test that needs systemd's own reader of units.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SystemdFactAttribute : FactAttribute
{
    public SystemdFactAttribute()
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
            Skip = "systemd-analyze is not there: apt-get install systemd";
    }
}
