using System.Globalization;

namespace Shaper.Host.Daemon;

/// <summary>Processor time of this process's threads of given names, from /proc. Control side only.</summary>
/// <param name="names">Thread names; the kernel keeps the first 15 bytes.</param>
internal sealed class ThreadTimes(params string[] names)
{
    private const string Tasks = "/proc/self/task";

    private readonly HashSet<string> _names = [.. names.Select(n => n[..Math.Min(n.Length, 15)])];

    /// <summary>Their sum in ns; threads that have ended count no more.</summary>
    public long Nanoseconds()
    {
        long sum = 0;
        foreach (string task in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                if (_names.Contains(File.ReadAllText(task + "/comm").TrimEnd()))
                {
                    // schedstat: ns on a processor, ns waiting for one, time slices.
                    string schedstat = File.ReadAllText(task + "/schedstat");
                    sum += long.Parse(schedstat.AsSpan(0, schedstat.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                // The thread ended between the listing and the reading.
            }
        }

        return sum;
    }
}
