using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>
/// What a run has changed on its ports, in a small file that a run which ends by itself removes. Found by a later start or by doctor, it
/// means that a run was killed, and says what to put back.
/// </summary>
/// <remarks>
/// One file for a pair of ports in a network namespace, under /run, which does not survive a boot either. Each line is a port:
/// <c>NAME INDEX MAC offload,offload</c>; a port counts as the same only if all three agree. Losing the file loses the offload settings of one killed
/// run, so a directory that cannot be written is no fault. Journals of namespaces that are gone are removed by the next start on the machine.
/// </remarks>
public sealed class CrashJournal
{
    /// <summary>Where the journals of the running system are.</summary>
    public const string DefaultDirectory = "/run/shaper";

    private const string Prefix = "ports-";

    private readonly string _path;

    public CrashJournal(string directory, string wan, string lan)
    {
        Directory = directory;

        // Several namespaces share /run.
        _path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{NetworkNamespace.Current}-{wan}-{lan}"));
    }

    /// <summary>Where this journal is kept.</summary>
    public string Directory { get; }

    /// <summary>The lines of a run that was killed; empty where there was none.</summary>
    public IReadOnlyList<JournalledPort> Read()
    {
        List<JournalledPort> ports = [];
        try
        {
            foreach (string line in File.ReadLines(_path))
            {
                if (JournalledPort.TryParse(line, out JournalledPort? port))
                {
                    ports.Add(port);
                }
            }
        }
        catch (IOException)
        {
            // None, the usual case.
        }
        catch (UnauthorizedAccessException)
        {
            // Not for this user to read: doctor run without root.
        }

        return ports;
    }

    /// <summary>Replaces the journal as a whole. False when it cannot be written.</summary>
    public bool TryWrite(IReadOnlyList<JournalledPort> ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            string draft = _path + ".new";
            File.WriteAllLines(draft, Lines(ports));
            File.Move(draft, _path, overwrite: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Remove()
    {
        try
        {
            File.Delete(_path);
        }
        catch (IOException)
        {
            // A later start finds it and puts back what already is: harmless.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }

    /// <summary>
    /// Removes the journals of network namespaces that no process is in and that have no name under /run/netns: their ports are gone with them. A
    /// namespace held by nothing but an open descriptor is taken for gone; the price is the offload settings of a run that was killed in it.
    /// </summary>
    public void RemoveThoseOfGoneNamespaces()
    {
        try
        {
            string[] journals = System.IO.Directory.GetFiles(Directory, Prefix + "*");
            if (journals.Length == 0)
            {
                return;
            }

            IReadOnlySet<ulong> alive = NetworkNamespace.InUse();
            foreach (string journal in journals)
            {
                string space = Path.GetFileName(journal)[Prefix.Length..].Split('-')[0];
                if (ulong.TryParse(space, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) && !alive.Contains(number))
                {
                    File.Delete(journal);
                }
            }
        }
        catch (IOException)
        {
            // No directory, or another start was faster.
        }
        catch (UnauthorizedAccessException)
        {
            // Not ours to tidy.
        }
    }

    private static IEnumerable<string> Lines(IReadOnlyList<JournalledPort> ports)
    {
        foreach (JournalledPort port in ports)
        {
            yield return port.ToString();
        }
    }
}
