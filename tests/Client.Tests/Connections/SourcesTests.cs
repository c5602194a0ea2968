using StreamBack.Protocol;
using StreamBack.Server.Serving;

namespace StreamBack.Client.Tests.Connections;

/// <summary>Sources that pass another one on.</summary>
public sealed class SourcesTests
{
    public static TheoryData<Type> Wrapping() =>
    [
        .. new[] { typeof(LimitedRepository).Assembly, typeof(Client.Connections.Connect).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => typeof(IStreamSource).IsAssignableFrom(type) && type.GetConstructors().Any(
                constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(IStreamSource)))),
    ];

    /// <summary>A verdict that one of them forgets is one that nobody hears: the interface has an empty one.</summary>
    [Theory]
    [MemberData(nameof(Wrapping))]
    public void A_source_in_front_of_another_has_every_verdict(Type source) =>
        Assert.All(source.GetInterfaceMap(typeof(IStreamSource)).TargetMethods, method => Assert.Equal(source, method.DeclaringType));
}
