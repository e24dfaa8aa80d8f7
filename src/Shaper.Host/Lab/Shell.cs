using System.Diagnostics;

namespace Shaper.Host.Lab;

/// <summary>Runs iproute2 and its like to the end, quietly. Blocking; each call is some milliseconds.</summary>
internal static class Shell
{
    /// <summary>Words of a failed command in its message.</summary>
    private const int LongestCommandShown = 12;

    /// <summary>What a program said and returned.</summary>
    internal readonly record struct Outcome(int ExitCode, string Output, string Error)
    {
        public bool Succeeded => ExitCode == 0;

        /// <summary>The first line of complaint.</summary>
        public string Complaint => (Error.Length > 0 ? Error : Output).Split('\n')[0].Trim();
    }

    /// <summary>
    /// Where a program is, or null. Also looks where root's own tools are: a plain <c>su</c> leaves root without these directories.
    /// </summary>
    public static string? Locate(string program)
    {
        string[] directories = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin"];
        foreach (string directory in directories)
        {
            string path = Path.Combine(directory, program);
            if (directory.Length > 0 && File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>Runs <paramref name="program"/> with <paramref name="input"/> on its standard input. Throws <see cref="LabException"/> only where it cannot be started.</summary>
    public static Outcome Try(string program, string input, params IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(Locate(program) ?? program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new LabException($"{program} cannot be started ({missing.Message}): install iproute2 (apt-get install iproute2)", missing);
        }

        using (process)
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading its input; the exit code tells why.
            }

            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new(process.ExitCode, output, error.GetAwaiter().GetResult());
        }
    }

    /// <summary>Runs <paramref name="program"/> and throws <see cref="LabException"/> with its complaint when it fails.</summary>
    public static string Run(string program, params IReadOnlyList<string> arguments)
    {
        Outcome outcome = Try(program, "", arguments);
        return outcome.Succeeded
            ? outcome.Output
            : throw new LabException($"{program} {string.Join(' ', arguments.Take(LongestCommandShown))}: {outcome.Complaint}");
    }

    /// <summary>A batch of <c>ip</c> commands inside one namespace: one process for all of them.</summary>
    public static void IpBatch(string networkNamespace, IReadOnlyList<string> lines)
    {
        Outcome outcome = Try("ip", string.Join('\n', lines) + "\n", "-n", networkNamespace, "-batch", "-");
        if (!outcome.Succeeded)
        {
            throw new LabException($"ip, in namespace {networkNamespace}: {outcome.Complaint}");
        }
    }
}
