using System.Runtime.CompilerServices;
using Xunit;

namespace Shaper.Simulation.Tests;

/// <summary>
/// Compares a scenario's table with the checked-in one. To accept a new table: run with SHAPER_UPDATE_GOLDEN=1, read the difference in git, commit it.
/// </summary>
internal static class Golden
{
    public static void Compare(string name, string table, [CallerFilePath] string source = "")
    {
        string folder = Path.Combine(Path.GetDirectoryName(source)!, "Golden");
        string path = Path.Combine(folder, name + ".txt");
        if (Environment.GetEnvironmentVariable("SHAPER_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(path, table);
        }

        Assert.True(File.Exists(path), $"no golden table {path}; run with SHAPER_UPDATE_GOLDEN=1 to make it. The scenario printed:\n{table}");
        Assert.Equal(File.ReadAllText(path), table);
    }
}
