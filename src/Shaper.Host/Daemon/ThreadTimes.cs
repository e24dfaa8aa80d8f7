using System.Buffers.Text;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Shaper.Host.Daemon;

/// <summary>Processor time of this process's threads of given names, from /proc. Control side only.</summary>
/// <param name="names">Thread names; the kernel keeps the first 15 bytes.</param>
internal sealed class ThreadTimes(params string[] names)
{
    private const string Tasks = "/proc/self/task";
    private const int LongestText = 128;

    private readonly HashSet<string> _names = [.. names.Select(n => n[..Math.Min(n.Length, 15)])];

    /// <summary>Their sum in ns; threads that have ended count no more.</summary>
    public long Nanoseconds()
    {
        Span<byte> text = stackalloc byte[LongestText];
        long sum = 0;
        foreach (string task in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                if (_names.Contains(Encoding.UTF8.GetString(Read(task + "/comm", text).TrimEnd((byte)'\n'))))
                {
                    // schedstat: ns on a processor, ns waiting for one, time slices.
                    sum += Utf8Parser.TryParse(Read(task + "/schedstat", text), out long used, out _) ? used : 0;
                }
            }
            catch (IOException)
            {
                // The thread ended between the listing and the reading.
            }
        }

        return sum;
    }

    /// <summary>Some threads four times a second, for as long as the program runs: the readers of the framework would allocate a megabyte a second for it.</summary>
    private static ReadOnlySpan<byte> Read(string path, Span<byte> into)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        return into[..RandomAccess.Read(file, into, fileOffset: 0)];
    }
}
