using StreamBack.Server.Serving.Limits;

namespace StreamBack.Server.Tests.Serving;

public class PaceTests
{
    [Fact]
    public async Task Who_pays_without_a_thread_of_its_own_holds_none()
    {
        using var leaving = new CancellationTokenSource();
        var paying = new Pace(1024).PayAsync(1 << 30, leaving.Token);
        Assert.False(paying.IsCompleted);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => paying);
    }

    [Fact]
    public void Without_a_rate_nothing_is_owed() => Assert.True(Pace.Unlimited.PayAsync(int.MaxValue, default).IsCompletedSuccessfully);
}
