namespace Shaper.Fuzz;

/// <summary>The seed inputs in the repository, one file each; a frame that once broke something is added as another.</summary>
public static class Corpus
{
    /// <summary>All files in the order of their names.</summary>
    public static IReadOnlyList<byte[]> Load()
    {
        string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Corpus"), "*.bin");
        Array.Sort(files, StringComparer.Ordinal);
        return [.. files.Select(File.ReadAllBytes)];
    }
}
