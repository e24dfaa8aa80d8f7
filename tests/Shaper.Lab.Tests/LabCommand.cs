using System.Diagnostics;

namespace Shaper.Lab.Tests;

/// <summary>Runs a program to its end and gives its output; a failure or a hang is an exception that shows everything it printed.</summary>
internal static class LabCommand
{
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

    /// <summary>The program's full path, also where sbin is not on the path; null when it is not installed.</summary>
    public static string? Find(string name) =>
        Folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public static string Run(string name, params IEnumerable<string> arguments)
    {
        (int code, string output, string error) = Try(TimeSpan.FromSeconds(30), name, arguments);
        return code == 0
            ? output
            : throw new InvalidOperationException($"{name} {string.Join(' ', arguments)}: exit code {code}\n{output}{error}");
    }

    /// <summary>The same for programs whose exit code is part of the test.</summary>
    public static (int Code, string Output, string Error) Try(TimeSpan patience, string name, params IEnumerable<string> arguments)
    {
        using Process process = Start(name, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{name} {string.Join(' ', arguments)}: still running after {patience.TotalSeconds:0} s");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    public static Process Start(string name, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Find(name) ?? name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"cannot start {name}");
    }
}
