using System.Globalization;

namespace Shaper.Host.Diagnosis;

/// <summary>The kernel's files as text. A test puts a directory of its own under it.</summary>
/// <param name="root">Empty for the machine itself.</param>
internal sealed class MachineFiles(string root = "")
{
    /// <summary>The file's text without the line end, or null when it is not there or cannot be read.</summary>
    public string? Text(string path)
    {
        try
        {
            return File.ReadAllText(root + path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public long? Number(string path) =>
        long.TryParse(Text(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;

    public bool DirectoryExists(string path) => Directory.Exists(root + path);
}
