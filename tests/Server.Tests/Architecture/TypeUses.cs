using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace StreamBack.Server.Tests.Architecture;

/// <summary>A type that uses another.</summary>
internal readonly record struct TypeUse(Type From, Type To)
{
    public override string ToString() => $"{From} uses {To}";
}

/// <summary>
/// Finds which types each type of an assembly uses: as base, interface, field, in signatures, as local, and in the code of its methods. It
/// reads what was compiled, so that nothing hides in an alias, a lambda or a generic argument.
/// </summary>
internal static class TypeUses
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<ushort, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (ushort)code.Value);

    /// <summary>All uses in these types.</summary>
    public static IEnumerable<TypeUse> In(IEnumerable<Type> types) =>
        types.SelectMany(type => OfType(type).SelectMany(Parts).Distinct().Select(used => new TypeUse(type, used)));

    private static IEnumerable<Type> OfType(Type type)
    {
        var own = type.GetInterfaces().Append(type.BaseType ?? typeof(object)).Concat(type.GetFields(Declared).Select(field => field.FieldType));
        var methods = type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared));
        return own.Concat(methods.SelectMany(OfMethod));
    }

    private static IEnumerable<Type> OfMethod(MethodBase method)
    {
        var signature = method.GetParameters().Select(parameter => parameter.ParameterType);
        if (method is MethodInfo { ReturnType: var returned })
            signature = signature.Append(returned);
        return method.GetMethodBody() is { } body
            ? signature.Concat(body.LocalVariables.Select(local => local.LocalType)).Concat(OfCode(method, body.GetILAsByteArray()!))
            : signature;
    }

    private static List<Type> OfCode(MethodBase method, byte[] code)
    {
        var used = new List<Type>();
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xfe ? (ushort)(0xfe00 | code[at + 1]) : code[at];
            at += value > 0xff ? 2 : 1;
            var operand = code.AsSpan(at);
            var kind = OpCodesByValue[value].OperandType;
            if (kind is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                used.AddRange(OfMember(method.Module.ResolveMember(BinaryPrimitives.ReadInt32LittleEndian(operand), typeArguments, methodArguments)!));
            at += Length(kind, operand);
        }

        return used;
    }

    private static IEnumerable<Type> OfMember(MemberInfo member) => member switch
    {
        Type type => [type],
        MethodInfo { IsGenericMethod: true } method => [.. method.GetGenericArguments(), method.DeclaringType!],
        _ => [member.DeclaringType!],
    };

    /// <summary>A type, what it is an array or reference of, and its generic arguments.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
    }

    private static int Length(OperandType kind, ReadOnlySpan<byte> operand) => kind switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => sizeof(byte),
        OperandType.InlineVar => sizeof(ushort),
        OperandType.InlineI8 or OperandType.InlineR => sizeof(long),
        OperandType.InlineSwitch => sizeof(int) * (1 + BinaryPrimitives.ReadInt32LittleEndian(operand)),
        _ => sizeof(int),
    };
}
