namespace StreamBack.Client.Terminal;

/// <summary>Whoever read our output has gone, as <c>head -c 1</c> does: the quiet end of a pipe.</summary>
internal sealed class ClosedOutputException(Exception inner) : Exception("Output is closed", inner);
