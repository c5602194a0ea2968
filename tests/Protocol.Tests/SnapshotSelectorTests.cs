namespace StreamBack.Protocol.Tests;

public class SnapshotSelectorTests
{
    [Theory]
    [InlineData("9999")]
    [InlineData("9999-12")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    public void A_time_at_the_end_of_the_calendar_selects_the_newest(string which)
    {
        var selector = SnapshotSelector.Parse($"web1/etc@{which}");
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<RepositoryException>(() => selector.Choose([])).Code);
    }
}
