using StreamBack.Server.Tests.Architecture.Sample.Upper;

namespace StreamBack.Server.Tests.Architecture.Sample.Upper
{
    /// <summary>What the layer below must not use.</summary>
    internal class Above
    {
        public static int Number() => 1;
    }

    internal sealed class UsesBelow
    {
        public Lower.UsesAsProperty? Below { get; init; }
    }
}

namespace StreamBack.Server.Tests.Architecture.Sample.Lower
{
    internal sealed class UsesAsBase : Above;

    internal sealed class UsesAsProperty
    {
        public Above? Above { get; init; }
    }

    internal abstract class UsesInSignature
    {
        public abstract void Take(ref Above[] above);
    }

    internal abstract class UsesAsGenericArgument
    {
        public abstract Dictionary<int, List<Above>> Give();
    }

    internal static class UsesInCode
    {
        public static int Call(int number) => number switch { 0 => 7, 1 => 8, 2 => 9, _ => Above.Number() };
    }

    internal static class UsesInLambda
    {
        public static Func<object, bool> Make() => other => other is Above;
    }
}
