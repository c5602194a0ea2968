namespace StreamBack.Protocol.Catalogs;

/// <summary>In what two members differ, once they are extracted.</summary>
[Flags]
public enum MemberFields
{
    /// <summary>In nothing.</summary>
    None = 0,

    /// <summary>What they are: file, folder, link and so on.</summary>
    Type = 1,

    /// <summary>Bytes of the file.</summary>
    Size = 2,

    /// <summary>The contents, by their hash; a symbolic link's target; a device's numbers.</summary>
    Contents = 4,

    /// <summary>The permission bits.</summary>
    Mode = 8,

    /// <summary>The owner's or group's number or name.</summary>
    Owner = 16,

    /// <summary>When the contents last changed.</summary>
    Time = 32,

    /// <summary>Extended attributes and access lists.</summary>
    Attributes = 64,
}
