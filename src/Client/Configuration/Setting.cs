using System.CommandLine;

namespace StreamBack.Client.Configuration;

/// <summary>What a setting holds.</summary>
internal enum SettingShape
{
    /// <summary>One text.</summary>
    One,

    /// <summary>Several; one alone need not be in a list.</summary>
    Many,

    /// <summary>Texts by key; as a flag <c>KEY=TEXT</c>.</summary>
    Keyed,
}

/// <summary>One thing that can be set, by a flag or in a configuration file.</summary>
/// <param name="Key">In the file; a dot goes into a map.</param>
/// <param name="Shape">What it holds.</param>
/// <param name="Flag">On the command line.</param>
internal sealed record Setting(string Key, SettingShape Shape, Option Flag)
{
    /// <summary>A setting of one text.</summary>
    public static Setting One(string key, string flag, string what, string description) =>
        new(key, SettingShape.One, new Option<string?>(flag) { Description = description, HelpName = what });

    /// <summary>A setting of several, whose flag is repeatable.</summary>
    public static Setting Many(string key, string flag, string what, string description, SettingShape shape = SettingShape.Many) =>
        new(key, shape, new Option<string[]>(flag) { Description = description, HelpName = what, Arity = ArgumentArity.OneOrMore });
}
