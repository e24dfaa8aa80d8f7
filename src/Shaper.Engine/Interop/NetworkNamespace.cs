using System.Globalization;

namespace Shaper.Engine.Interop;

/// <summary>Network namespaces by their number, the inode that <c>/proc/PID/ns/net</c> shows. The kernel gives the number of a namespace that is gone to a later one.</summary>
/// <remarks>Reads /proc; not for the shaping thread.</remarks>
public static class NetworkNamespace
{
    /// <summary>Where ip(8) and container engines bind the namespaces that have a name.</summary>
    private static readonly string[] Bound = ["/run/netns", "/run/docker/netns"];

    /// <summary>The calling thread's; 0 where it cannot be told.</summary>
    public static ulong Current => NumberIn("/proc/thread-self/ns/net") ?? 0;

    /// <summary>Those that a process is in, as far as this user may look, or that have a name.</summary>
    public static IReadOnlySet<ulong> InUse()
    {
        HashSet<ulong> numbers = [Current];
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (char.IsAsciiDigit(process[^1]) && NumberIn(process + "/ns/net") is { } number)
            {
                numbers.Add(number);
            }
        }

        foreach (string directory in Bound)
        {
            if (!Directory.Exists(directory))
            {
                continue;
            }

            foreach (string name in Directory.EnumerateFiles(directory))
            {
                if (FileIdentity.InodeOf(name) is { } number)
                {
                    numbers.Add(number);
                }
            }
        }

        return numbers;
    }

    /// <summary>NUMBER of a link to <c>net:[NUMBER]</c>; null where the process has ended or may not be looked at.</summary>
    private static ulong? NumberIn(string link)
    {
        try
        {
            string target = new FileInfo(link).LinkTarget ?? "";
            int open = target.IndexOf('[', StringComparison.Ordinal);
            return open >= 0 && ulong.TryParse(target.AsSpan(open + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
                ? number
                : null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
