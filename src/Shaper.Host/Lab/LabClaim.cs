using System.Globalization;

namespace Shaper.Host.Lab;

/// <summary>
/// The right to one namespace prefix, <c>shaperlab-PID-</c>, held by a locked file in <c>/run/shaper-lab</c>.
/// The kernel drops the lock when its holder dies, however it dies, so a prefix whose lock is free is a crashed run's, whatever became of its pid.
/// </summary>
internal sealed class LabClaim : IDisposable
{
    private const string Directory = "/run/shaper-lab";
    private const string Stem = "shaperlab-";

    private readonly FileStream _lock;

    private LabClaim(int number, FileStream held)
    {
        Number = number;
        _lock = held;
    }

    public int Number { get; }

    /// <summary>What the names of all this run's namespaces start with.</summary>
    public string Prefix => PrefixOf(Number);

    /// <summary>Where the box of this run listens for its CLI.</summary>
    public string SocketPath => Path.Combine(Directory, Number.ToString(CultureInfo.InvariantCulture) + ".sock");

    /// <summary>Claims our own pid, or the next free number where another pid namespace uses the same.</summary>
    public static LabClaim Take()
    {
        System.IO.Directory.CreateDirectory(Directory);
        for (int number = Environment.ProcessId; number < Environment.ProcessId + 100; number++)
        {
            if (TryLock(number) is FileStream held)
            {
                return new(number, held);
            }
        }

        throw new LabException($"no free lab number in {Directory}");
    }

    /// <summary>The number in a namespace's name, or null when the name is not a lab's.</summary>
    public static int? NumberOf(string networkNamespace)
    {
        if (!networkNamespace.StartsWith(Stem, StringComparison.Ordinal))
        {
            return null;
        }

        int end = networkNamespace.IndexOf('-', Stem.Length);
        return end > 0 && int.TryParse(networkNamespace.AsSpan(Stem.Length, end - Stem.Length), CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
    }

    public static string PrefixOf(int number) => Stem + number.ToString(CultureInfo.InvariantCulture) + "-";

    /// <summary>Numbers that crashed runs left behind as files, without namespaces perhaps.</summary>
    public static IReadOnlyList<int> NumbersOnDisk()
    {
        List<int> numbers = [];
        if (System.IO.Directory.Exists(Directory))
        {
            foreach (string file in System.IO.Directory.EnumerateFiles(Directory))
            {
                if (int.TryParse(Path.GetFileName(file).Split('.')[0], CultureInfo.InvariantCulture, out int number) && !numbers.Contains(number))
                {
                    numbers.Add(number);
                }
            }
        }

        return numbers;
    }

    /// <summary>Runs <paramref name="cleanUp"/> if the holder of <paramref name="number"/> is dead, then forgets the number. False when it lives.</summary>
    public static bool TryInherit(int number, Action cleanUp)
    {
        System.IO.Directory.CreateDirectory(Directory);
        using FileStream? held = TryLock(number);
        if (held is null)
        {
            return false;
        }

        cleanUp();
        Forget(number);
        return true;
    }

    public void Dispose()
    {
        // Removed while still locked: nobody can take a file that is about to vanish for a crashed run's.
        Forget(Number);
        _lock.Dispose();
    }

    private static string LockPath(int number) => Path.Combine(Directory, number.ToString(CultureInfo.InvariantCulture) + ".lock");

    private static FileStream? TryLock(int number)
    {
        try
        {
            return new(LockPath(number), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Forget(int number)
    {
        // The box's socket and whatever the box keeps beside it go with the lock.
        foreach (string file in System.IO.Directory.GetFiles(Directory, number.ToString(CultureInfo.InvariantCulture) + ".*"))
        {
            File.Delete(file);
        }
    }
}
