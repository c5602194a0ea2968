using System.Buffers;
using System.IO.Pipelines;
using StreamBack.Server.Serving.Stdio;

namespace StreamBack.Server.Tests.Serving;

/// <summary>What a client sends over a pipe, and how waiting for it ends.</summary>
public sealed class InputPipeTests
{
    private readonly Pipe client = new();
    private readonly InputPipe input;

    public InputPipeTests()
    {
        input = new InputPipe("GE"u8, client.Reader.AsStream());
    }

    [Fact]
    public async Task What_was_read_before_comes_first_and_the_end_last()
    {
        Assert.Equal("GE", await Read());
        await client.Writer.WriteAsync("T /"u8.ToArray());
        Assert.Equal("T /", await Read());
        await client.Writer.CompleteAsync();
        Assert.Null(await Read());
        Assert.Null(await Read());
    }

    [Fact]
    public async Task What_is_left_comes_again_with_what_follows()
    {
        var first = await input.ReadAsync();
        input.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);
        Assert.False(input.TryRead(out _));
        await client.Writer.WriteAsync("T"u8.ToArray());
        Assert.Equal("ET", await Read());
    }

    [Fact]
    public async Task A_read_that_is_given_up_loses_nothing()
    {
        Assert.Equal("GE", await Read());
        var read = input.ReadAsync().AsTask();
        input.CancelPendingRead();
        var result = await read;
        Assert.Equal((true, false, 0L), (result.IsCanceled, result.IsCompleted, result.Buffer.Length));
        input.AdvanceTo(result.Buffer.Start);
        await client.Writer.WriteAsync("T"u8.ToArray());
        Assert.Equal("T", await Read());
    }

    /// <summary>The client keeps its side open, and waits for an answer that was cut.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_ends_for_who_waits_and_for_who_comes_later(bool before)
    {
        Assert.Equal("GE", await Read());
        if (before)
            input.End();
        var read = Read();
        if (!before)
            input.End();
        Assert.Null(await read);
        Assert.Null(await Read());
    }

    // Null at the end.
    private async Task<string?> Read()
    {
        var result = await input.ReadAsync();
        var text = System.Text.Encoding.ASCII.GetString(result.Buffer.ToArray());
        input.AdvanceTo(result.Buffer.End);
        return result is { IsCompleted: true, Buffer.Length: 0 } ? null : text;
    }
}
