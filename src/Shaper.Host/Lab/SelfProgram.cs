namespace Shaper.Host.Lab;

/// <summary>How to start this program once more: beside the assembly lies its executable, whoever loaded the assembly (a test, say).</summary>
internal static class SelfProgram
{
    /// <summary>The words that come before our own arguments.</summary>
    public static IReadOnlyList<string> Command { get; } = Find();

    private static string[] Find()
    {
        string assembly = typeof(SelfProgram).Assembly.Location;
        string executable = Path.Combine(AppContext.BaseDirectory, "shaper");
        if (File.Exists(executable))
        {
            return [executable];
        }

        return assembly.Length > 0 ? ["dotnet", assembly] : [Environment.ProcessPath ?? "shaper"];
    }
}
