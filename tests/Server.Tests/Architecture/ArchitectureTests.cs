using System.Reflection;
using StreamBack.Protocol;
using StreamBack.Server.Sessions;
using StreamBack.Server.Tests.Architecture.Sample.Lower;
using StreamBack.Server.Tests.Architecture.Sample.Upper;

namespace StreamBack.Server.Tests.Architecture;

/// <summary>The house has one direction (docs/design): no arrow points upwards.</summary>
public class ArchitectureTests
{
    private static readonly Assembly ProtocolAssembly = typeof(ErrorCode).Assembly;
    private static readonly Assembly ServerAssembly = typeof(EmbeddedRepository).Assembly;

    [Fact]
    public void Server_namespaces_use_only_those_below_them()
    {
        var uses = TypeUses.In(ServerAssembly.GetTypes()).ToList();
        Assert.Contains(uses, use => use.From.Namespace == "StreamBack.Server.Sessions" && use.To.Namespace == "StreamBack.Server.Storage");
        Assert.Empty(new Layers("StreamBack.Server", "Storage", "Crypto", "Bundles", "Dedup", "Snapshots", "Sessions").Violations(uses));
    }

    [Fact]
    public void Assemblies_refer_only_to_those_below_them()
    {
        Assert.DoesNotContain(References(ProtocolAssembly), name => name.StartsWith("streamback", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["StreamBack.Protocol"], References(ServerAssembly).Where(name => name.StartsWith("streamback", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void Protocol_touches_no_disk_no_socket_and_no_key()
    {
        Assert.DoesNotContain(References(ProtocolAssembly), name => name.StartsWith("System.Net", StringComparison.Ordinal));
        Type[] forbidden = [typeof(File), typeof(Directory), typeof(FileInfo), typeof(DirectoryInfo), typeof(FileStream), typeof(RandomAccess), typeof(Path),
            typeof(System.Security.Cryptography.AesGcm), typeof(System.Security.Cryptography.HKDF)];
        Assert.DoesNotContain(TypeUses.In(ProtocolAssembly.GetTypes()), use => forbidden.Contains(use.To));
    }

    /// <summary>The checker itself: an arrow upwards is found wherever it hides, and arrows downwards are not taken for it.</summary>
    [Theory]
    [InlineData(typeof(UsesAsBase))]
    [InlineData(typeof(UsesAsProperty))]
    [InlineData(typeof(UsesInSignature))]
    [InlineData(typeof(UsesAsGenericArgument))]
    [InlineData(typeof(UsesInCode))]
    [InlineData(typeof(UsesInLambda))]
    public void Violations_finds_an_upward_use_however_it_is_made(Type lower)
    {
        var layers = new Layers("StreamBack.Server.Tests.Architecture.Sample", "Lower", "Upper");
        Type[] types = [lower, .. lower.GetNestedTypes(BindingFlags.NonPublic)];
        Assert.Contains(layers.Violations(TypeUses.In(types)), use => use.To == typeof(Above));
        Assert.Empty(layers.Violations(TypeUses.In([typeof(UsesBelow), typeof(Above)])));
        Assert.Contains(TypeUses.In([typeof(UsesBelow)]), use => use.To == typeof(UsesAsProperty));
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);
}
