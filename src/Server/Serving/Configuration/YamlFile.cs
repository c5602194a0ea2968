using StreamBack.Protocol;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamBack.Server.Serving.Configuration;

/// <summary>A configuration file in YAML, read strictly: whatever is wrong is one line that names the file, the line and the key.</summary>
public static class YamlFile
{
    /// <summary>A configuration is a few kilobytes; more is something else.</summary>
    private const int MaxLength = 1 << 20;

    /// <summary>Reads a file whose content is one mapping; an empty one has no keys.</summary>
    /// <exception cref="RepositoryException"><see cref="ErrorCode.Usage"/>.</exception>
    public static YamlSection Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxLength)
                throw new RepositoryException(ErrorCode.Usage, $"{path} is no configuration: it is longer than {MaxLength} bytes");
            using var reader = new StreamReader(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents switch
            {
                [] => new YamlSection(path, "", new YamlMappingNode()),
                [{ RootNode: YamlMappingNode root }] => new YamlSection(path, "", root),
                _ => throw new RepositoryException(ErrorCode.Usage, $"{path} is no mapping of keys to values"),
            };
        }
        catch (YamlException error)
        {
            throw new RepositoryException(ErrorCode.Usage, $"{path}:{error.Start.Line}: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RepositoryException(ErrorCode.Usage, $"{path} cannot be read: {error.Message}", error);
        }
    }
}
