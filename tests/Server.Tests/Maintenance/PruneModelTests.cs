namespace StreamBack.Server.Tests.Maintenance;

/// <summary>Put, get, remove, undelete and prune in every order, with every process dying anywhere: what a root needs is always there.</summary>
public class PruneModelTests
{
    [Theory]
    [InlineData("AB r0 p1:AB q q")]
    [InlineData("AB r0 p1:A p2:B q")]
    [InlineData("AB r0 p1:d g0 q q")]
    [InlineData("AB r0 u0 p1:AB q")]
    [InlineData("AB p1:A r0 r1 q q")]
    [InlineData("AB r0 g0 p1:A q q")]
    [InlineData("A,B r0 p1:B p2:AB q")]
    [InlineData("A,d r0 p1:d q q")]
    [InlineData("A,d r0 p1:d g0 q")]
    [InlineData("A,d p1:B r0 p2:d q")]
    public void Nothing_that_is_needed_is_ever_gone(string processes) => Assert.InRange(new PruneModel().Explore(processes), 100, int.MaxValue);

    [Theory]
    [InlineData("recheck", "AB r0 p1:AB q")]
    [InlineData("recheck", "AB r0 p1:d q")]
    [InlineData("waiting", "AB r0 p1:AB q")]
    [InlineData("waiting", "AB r0 g0 q")]
    [InlineData("bases", "A,d r0 p1:d q")]
    public void A_prune_that_leaves_something_out_is_found_out(string without, string processes) =>
        Assert.Throws<ModelLossException>(() => new PruneModel(without).Explore(processes));
}
