using System.Security.Cryptography;
using System.Text;

namespace StreamBack.Server.Storage;

/// <summary>Files in a state folder that are about one copy of a repository: the others have the same ids, and may have the same state folder.</summary>
internal static class LocationFile
{
    private const int HashLength = 8; // bytes: the few copies of one repository on one machine differ in them

    /// <summary>The name of a copy's file.</summary>
    /// <param name="what">What is in it.</param>
    /// <param name="location">Where the copy is.</param>
    public static string Name(string what, string location) => $"{what}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(location)).AsSpan(0, HashLength))}";
}
