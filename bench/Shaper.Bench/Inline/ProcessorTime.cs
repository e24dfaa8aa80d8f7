using System.Globalization;

namespace Shaper.Bench.Inline;

/// <summary>
/// Processor time to the nanosecond, from the scheduler's own accounts. Network interrupts on virtual wires run in the thread that sent, or in
/// ksoftirqd, so the threads of generator and device and the ksoftirqd threads hold all that a frame costs, and nothing of what else runs.
/// </summary>
internal static class ProcessorTime
{
    private const double SecondsPerTick = 0.01;

    private static readonly string[] SoftIrqThreads = [.. Directory.EnumerateDirectories("/proc")
        .Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]) && Comm(d).StartsWith("ksoftirqd/", StringComparison.Ordinal))];

    /// <summary>All threads of a process that are alive.</summary>
    public static double OfProcess(int id) => Directory.EnumerateDirectories($"/proc/{id}/task").Sum(Read);

    public static double OfSoftIrqThreads() => SoftIrqThreads.Sum(Read);

    /// <summary>Everything on the machine, to a hundredth of a second: shows whether something else was running.</summary>
    public static double OfMachine()
    {
        string[] fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double Field(int i) => double.Parse(fields[i], CultureInfo.InvariantCulture);
        return (Field(1) + Field(2) + Field(3) + Field(6) + Field(7) + Field(8)) * SecondsPerTick;
    }

    private static double Read(string folder)
    {
        try
        {
            return double.Parse(File.ReadAllText(folder + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e9;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Comm(string folder)
    {
        try
        {
            return File.ReadAllText(folder + "/comm");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
