using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Host.Lab;

/// <summary>Finds and removes what a lab leaves in the machine: its namespaces and the processes inside them. Touches nothing else.</summary>
internal static class LabLeftovers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Namespaces on this machine that carry <paramref name="prefix"/>.</summary>
    public static IReadOnlyList<string> NamespacesOf(string prefix)
    {
        List<string> found = [];
        foreach (string name in AllNamespaces())
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                found.Add(name);
            }
        }

        return found;
    }

    /// <summary>Removes the remains of runs whose process is dead. Returns how many runs that were.</summary>
    public static int RemoveDead()
    {
        HashSet<int> numbers = [.. LabClaim.NumbersOnDisk()];
        foreach (string name in AllNamespaces())
        {
            if (LabClaim.NumberOf(name) is int number)
            {
                numbers.Add(number);
            }
        }

        int removed = 0;
        foreach (int number in numbers)
        {
            string prefix = LabClaim.PrefixOf(number);
            removed += LabClaim.TryInherit(number, () => Remove(prefix)) ? 1 : 0;
        }

        return removed;
    }

    /// <summary>Ends every process in the namespaces of <paramref name="prefix"/> and deletes the namespaces, and with them their interfaces.</summary>
    public static void Remove(string prefix)
    {
        IReadOnlyList<string> names = NamespacesOf(prefix);
        List<int> processes = [];
        foreach (string name in names)
        {
            processes.AddRange(ProcessesIn(name));
        }

        End(processes);
        foreach (string name in names)
        {
            Shell.Try("ip", "", "netns", "del", name);
        }
    }

    /// <summary>Asks, waits a moment, then kills.</summary>
    private static void End(List<int> processes)
    {
        foreach (int process in processes)
        {
            ProcessSignal.Send(process, ProcessSignal.SIGTERM);
        }

        long giveUp = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (processes.Exists(IsAlive) && Environment.TickCount64 < giveUp)
        {
            Thread.Sleep(20);
        }

        foreach (int process in processes)
        {
            if (IsAlive(process))
            {
                ProcessSignal.Send(process, ProcessSignal.SIGKILL);
            }
        }
    }

    /// <summary>A zombie is dead: only its parent has not looked yet.</summary>
    private static bool IsAlive(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            int afterName = stat.LastIndexOf(')');
            return afterName > 0 && afterName + 2 < stat.Length && stat[afterName + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static List<int> ProcessesIn(string name)
    {
        List<int> processes = [];
        foreach (string line in Shell.Try("ip", "", "netns", "pids", name).Output.Split('\n'))
        {
            if (int.TryParse(line.Trim(), CultureInfo.InvariantCulture, out int process) && process != Environment.ProcessId)
            {
                processes.Add(process);
            }
        }

        return processes;
    }

    private static IEnumerable<string> AllNamespaces()
    {
        foreach (string line in Shell.Try("ip", "", "netns", "list").Output.Split('\n'))
        {
            string name = line.Split(' ')[0].Trim();
            if (name.Length > 0)
            {
                yield return name;
            }
        }
    }
}
