using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Everything the box needs of the kernel to stand in the line: the ports held against a second shaper, the bridge, offloads off, the filters,
/// the gate. Opened in the order in which a failure harms least and closed in the reverse.
/// </summary>
/// <remarks>
/// Order of use: <see cref="Open"/>; then the ports' packet sockets; then <see cref="AttachGate"/>, so that the kernel, which closes the last
/// descriptor first, removes the gate before the slow sockets; run; release the gate and let the queues run empty; close the ports;
/// <see cref="Dispose"/>. <see cref="Tend"/> is called about once a second from a housekeeping thread, never the shaping thread.
/// Throws <see cref="BridgeException"/>; nothing is left behind then.
/// </remarks>
public sealed class InlineBridge : IDisposable
{
    private readonly Lock _change = new();
    private readonly LinkTable _links;
    private readonly CrashJournal _journal;
    private readonly Offloads _offloads;
    private readonly PortLock[] _locks;
    private readonly BridgePair _pair;
    private IWireGate? _gate;
    private int _wanIndex;
    private int _lanIndex;
    private bool _closed;

    private InlineBridge(LinkTable links, BridgePair pair, Offloads offloads, CrashJournal journal, PortLock[] locks)
    {
        _links = links;
        _pair = pair;
        _offloads = offloads;
        _journal = journal;
        _locks = locks;
        _wanIndex = pair.Wan.Index;
        _lanIndex = pair.Lan.Index;
        var stations = new StationTable();
        WanFilter = new(stations, BridgeSide.Wan, pair.Addresses);
        LanFilter = new(stations, BridgeSide.Lan, pair.Addresses);
    }

    /// <summary>Decides about frames captured on the wan port.</summary>
    public ForwardingFilter WanFilter { get; }

    /// <summary>Decides about frames captured on the lan port.</summary>
    public ForwardingFilter LanFilter { get; }

    /// <summary>Name of the bridge.</summary>
    public string BridgeName => _pair.Bridge.Name;

    /// <summary>The bridge was made for this run and goes with it.</summary>
    public bool BridgeCreated => _pair.Created;

    /// <summary>Bytes of payload of the largest frame on either port.</summary>
    public int LargestMtu => _pair.LargestMtu;

    /// <summary>What deserves a line in the log and in doctor.</summary>
    public IReadOnlyList<string> Notes => _pair.Notes;

    /// <summary>Offloads that were on and are off for the time being, by port.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> OffloadsTurnedOff => _offloads.TurnedOff;

    public static InlineBridge Open(string wan, string lan, string journalDirectory = CrashJournal.DefaultDirectory)
    {
        LinkTable? links = null;
        BridgePair? pair = null;
        Offloads? offloads = null;
        List<PortLock> locks = [];
        try
        {
            links = new();
            LockIfThere(links, wan, locks);
            LockIfThere(links, lan, locks);
            pair = BridgePair.Open(links, wan, lan);
            var journal = new CrashJournal(journalDirectory, pair.Wan.Name, pair.Lan.Name);
            journal.RemoveThoseOfGoneNamespaces();
            offloads = TurnOffloadsOff(pair, journal);
            return new(links, pair, offloads, journal, [.. locks]);
        }
        catch (Exception e)
        {
            offloads?.Dispose();
            pair?.Dispose();
            links?.Dispose();
            foreach (PortLock held in locks)
            {
                held.Dispose();
            }

            if (e is LinuxException)
            {
                throw new BridgeException(BridgeFault.Refused, e.Message, e);
            }

            throw;
        }
    }

    /// <summary>Attaches the gate, disengaged; it belongs to this object. Call it after the packet sockets are open.</summary>
    /// <param name="means">How.</param>
    /// <param name="keepsAcks">Bare acknowledgements that leave the site wait for a late shaper, where the means can: only who edits them has a reason to.</param>
    public IWireGate AttachGate(GateMeans means = GateMeans.Best, bool keepsAcks = false)
    {
        lock (_change)
        {
            if (_gate is not null)
            {
                throw new InvalidOperationException("The gate is attached already.");
            }

            try
            {
                _gate = means switch
                {
                    GateMeans.Nft => new NftGate(_pair.Wan, _pair.Lan),
                    GateMeans.Tcx => new TcxGate(_wanIndex, _lanIndex, keepsAcks),
                    _ => BestGate(keepsAcks),
                };
                TellGateOfBox();
                return _gate;
            }
            catch (LinuxException e)
            {
                throw new BridgeException(BridgeFault.Refused, $"the kernel's forwarding cannot be suppressed: {e.Message}", e);
            }
        }
    }

    /// <summary>Follows the ports: one that was removed and came back gets its place, its offload settings and its programs again.</summary>
    public void Tend()
    {
        lock (_change)
        {
            try
            {
                if (_closed || !_pair.Refresh())
                {
                    return;
                }

                WanFilter.Addresses = _pair.Addresses;
                LanFilter.Addresses = _pair.Addresses;
                TellGateOfBox();
                if (_pair.Wan.Index == _wanIndex && _pair.Lan.Index == _lanIndex)
                {
                    return;
                }

                _offloads.TurnOff();
                if (_pair.Wan.Index != _wanIndex)
                {
                    _gate?.Attach((int)BridgeSide.Wan, _pair.Wan.Index);
                    _wanIndex = _pair.Wan.Index;
                }

                if (_pair.Lan.Index != _lanIndex)
                {
                    _gate?.Attach((int)BridgeSide.Lan, _pair.Lan.Index);
                    _lanIndex = _pair.Lan.Index;
                }
            }
            catch (LinuxException)
            {
                // The port went again between two calls: the next time.
            }
        }
    }

    public void Dispose()
    {
        lock (_change)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _gate?.Dispose();
            _offloads.Dispose();
            _pair.Dispose();
            _journal.Remove();
            _links.Dispose();
            foreach (PortLock held in _locks)
            {
                held.Dispose();
            }
        }
    }

    private void TellGateOfBox() => _gate?.KnowBox(PassingOnly.Holds(_links, _pair) ? _pair.Addresses : null);

    private IWireGate BestGate(bool keepsAcks)
    {
        try
        {
            return new TcxGate(_wanIndex, _lanIndex, keepsAcks);
        }
        catch (LinuxException e) when (e.Errno is Errno.EINVAL or Errno.EOPNOTSUPP)
        {
            // EINVAL is what a kernel before 6.6 says to an attach type that it does not know.
            return new NftGate(_pair.Wan, _pair.Lan);
        }
    }

    private static void LockIfThere(LinkTable links, string name, List<PortLock> locks)
    {
        // What is not there, or named twice, is BridgePair's to report.
        if (links.Find(name) is { } link && !locks.Exists(held => held.InterfaceIndex == link.Index))
        {
            locks.Add(new(name, link.Index));
        }
    }

    private static Offloads TurnOffloadsOff(BridgePair pair, CrashJournal journal)
    {
        var offloads = new Offloads();
        try
        {
            IReadOnlyList<JournalledPort> left = journal.Read();
            List<JournalledPort> ports = [];
            foreach (NetworkLink port in new[] { pair.Wan, pair.Lan })
            {
                IReadOnlyList<string> leftOff = [];
                foreach (JournalledPort journalled in left)
                {
                    leftOff = journalled.IsSame(port) ? journalled.Offloads : leftOff;
                }

                offloads.Note(port.Name, leftOff);
                ports.Add(new(port.Name, port.Index, port.MacAddress, offloads.TurnedOff[port.Name]));
            }

            _ = journal.TryWrite(ports);
            offloads.TurnOff();
            return offloads;
        }
        catch
        {
            offloads.Dispose();
            journal.Remove();
            throw;
        }
    }
}
