using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Receive offloads that merge frames before anybody can see them: off while the shaper runs, back as they were afterwards. With them on
/// the ports hand up frames of up to 64 KB, which neither fit a slot nor may leave the other port.
/// </summary>
/// <remarks>
/// What was on is written to the <see cref="CrashJournal"/> before it is turned off, so that a start after a kill knows the operator's
/// settings from its own. Not for the shaping thread.
/// </remarks>
public sealed class Offloads : IDisposable
{
    /// <summary>By the names of ethtool(8). The list ones merge by reference; both count as merging.</summary>
    public static readonly IReadOnlyList<string> Merging = ["rx-gro", "rx-gro-hw", "rx-lro", "rx-gro-list", "rx-udp-gro-forwarding"];

    private readonly DeviceFeatures _features = new();
    private readonly Dictionary<string, IReadOnlyList<string>> _turnedOff = [];

    /// <summary>The offloads that were on, for each port.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> TurnedOff => _turnedOff;

    /// <summary>Merging offloads that are on now.</summary>
    public IReadOnlyList<string> Active(string port) => _features.Active(port, [.. Merging]);

    /// <summary>
    /// Remembers what is on, together with what an earlier run that was killed had turned off. Call it for both ports, and write the
    /// journal, before <see cref="TurnOff"/>.
    /// </summary>
    public void Note(string port, IReadOnlyList<string> leftOff)
    {
        ArgumentNullException.ThrowIfNull(leftOff);
        List<string> wereOn = [.. Active(port)];
        foreach (string name in leftOff)
        {
            if (!wereOn.Contains(name))
            {
                wereOn.Add(name);
            }
        }

        _turnedOff[port] = wereOn;
    }

    /// <summary>Turns off what <see cref="Note"/> found. Again after a port came back.</summary>
    public void TurnOff()
    {
        foreach (string port in _turnedOff.Keys)
        {
            _features.Set(port, Merging, on: false);
        }
    }

    public void Dispose()
    {
        foreach ((string port, IReadOnlyList<string> names) in _turnedOff)
        {
            try
            {
                _features.Set(port, names, on: true);
            }
            catch (LinuxException)
            {
                // The port is gone, and its settings with it.
            }
        }

        _turnedOff.Clear();
        _features.Dispose();
    }
}
