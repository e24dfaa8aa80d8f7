using Shaper.Engine.Interop;

namespace Shaper.Engine.Queueing;

/// <summary>Whose turn it is in one class: sparse flows first, then hosts in turn, and in each host its flows in turn. Knows bytes, not frames.</summary>
/// <remarks>
/// <para>Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995) on two levels. A turn ends when the deficit is spent, and the next quantum is granted
/// then rather than when the turn comes round again: whoever stands first may send at once, and no search walks over many that may not.
/// For two flows of one host, or two hosts, that take turns from the same moment on, bytes sent differ by at most one quantum and one frame.</para>
/// <para>Sparse flows (after RFC 8290). A flow that becomes active goes first for as long as it has credit, at most a quantum. While idle it earns its share
/// of what the class sends: 1/hosts, and of that 1/flows of its host. So a flow below its share is always sparse, and one that stops and
/// starts gains nothing. RFC 8290 keeps emptied flows in the old list for a round to the same end; here nothing empty is ever visited.
/// What sparse flows send is charged to their host, and while there are other hosts, one deep in debt has no sparse flows: many short connections do not beat one long.</para>
/// A mutable struct, owned by the shaping thread.
/// </remarks>
internal struct FlowTurns
{
    /// <summary>With more flows than this, every turn takes at least one largest frame, so that no search for the next flow is long.</summary>
    private const int FlowsForSmallQuantum = 64;

    /// <summary>A host is deep in debt beyond two largest frames and this many quanta.</summary>
    private const int DebtQuanta = 4;

    private SlotList _sparse = SlotList.Empty;
    private SlotList _hosts = SlotList.Empty;
    private uint _servedBytes;
    private int _smallQuantumBytes;
    private int _largeQuantumBytes;
    private int _deepDebtBytes;

    public FlowTurns()
    {
    }

    public int ActiveFlows { get; private set; }

    public int ActiveHosts { get; private set; }

    /// <summary>Some flow has had frames.</summary>
    public bool WasUsed { get; private set; }

    private readonly int QuantumBytes => ActiveFlows > FlowsForSmallQuantum ? _largeQuantumBytes : _smallQuantumBytes;

    public void SetQuantum(int quantumBytes, int largestFrameBytes)
    {
        _smallQuantumBytes = quantumBytes;
        _largeQuantumBytes = Math.Max(quantumBytes, largestFrameBytes);
        _deepDebtBytes = (2 * largestFrameBytes) + (DebtQuanta * quantumBytes);
    }

    /// <summary>An idle flow has a frame, and its host is where it was.</summary>
    public void Activate(FlowQueueTable table, int slot, ref FlowState flow) => Activate(table, slot, ref flow, flow.Host);

    /// <summary>An idle flow has a frame.</summary>
    public void ActivateOf(FlowQueueTable table, int ordinal, uint hostHash, int slot, ref FlowState flow) => Activate(table, slot, ref flow, table.FindHost(hostHash, ordinal, flow.Host));

    private void Activate(FlowQueueTable table, int slot, ref FlowState flow, int hostSlot)
    {
        ref HostState host = ref table.Hosts[hostSlot];
        ActiveFlows++;
        int quantum = QuantumBytes;
        int flowsOfHost = host.ActiveFlows + 1;
        host.ActiveFlows = flowsOfHost;
        int hosts = ActiveHosts;
        if (flowsOfHost == 1)
        {
            ActiveHosts = ++hosts;
            host.Deficit = WithEarned(host.Deficit, host.LeftAt, hosts, quantum);
            table.SetHostBusy(hostSlot);
        }

        int deficit = WithEarned(flow.Deficit, flow.LeftAt, hosts * flowsOfHost, quantum);
        flow.Deficit = deficit;
        flow.Host = hostSlot;

        // A slot that several flows share is not any one host's.
        flow.HostClaims = table.IsOverflow(slot) ? (ushort)0 : host.Claims;
        WasUsed = true;
        table.SetFlowBusy(slot);
        if (deficit > 0 && !IsDeepInDebt(host))
        {
            flow.Standing = FlowStanding.Sparse;
            _sparse.Append(in table.Flows, slot, ref flow);
        }
        else
        {
            TakeTurns(table, slot, ref flow, ref host);
        }
    }

    /// <summary>A flow has no frame left.</summary>
    public void Deactivate(FlowQueueTable table, int slot) => Deactivate(table, slot, ref table.Flows[slot], ref table.Hosts[table.Flows[slot].Host]);

    private void Deactivate(FlowQueueTable table, int slot, ref FlowState flow, ref HostState host)
    {
        if (flow.Standing == FlowStanding.Sparse)
        {
            _sparse.Remove(in table.Flows, ref flow);
        }
        else
        {
            host.Flows.Remove(in table.Flows, ref flow);
            if (host.Flows.IsEmpty)
            {
                _hosts.Remove(in table.Hosts, flow.Host);
            }
        }

        flow.Standing = FlowStanding.Idle;
        flow.LeftAt = _servedBytes;
        table.SetFlowIdle(slot);
        ActiveFlows--;
        if (--host.ActiveFlows == 0)
        {
            host.LeftAt = _servedBytes;
            table.SetHostIdle(flow.Host);
            ActiveHosts--;
        }
    }

    /// <summary>The flow whose turn it is, or none. Stays the same until something is charged or a flow comes or goes.</summary>
    public int Next(FlowQueueTable table)
    {
        while (!_sparse.IsEmpty)
        {
            int slot = _sparse.Head;
            ref FlowState flow = ref table.Flows[slot];
            ref HostState host = ref table.Hosts[flow.Host];
            if (flow.Deficit > 0 && !IsDeepInDebt(host))
            {
                return slot;
            }

            EndSparse(table, slot, ref flow, ref host);
        }

        while (!_hosts.IsEmpty)
        {
            ref HostState host = ref table.Hosts[_hosts.Head];
            if (host.Deficit <= 0)
            {
                EndHostTurn(table, ref host);
                continue;
            }

            int slot = host.Flows.Head;
            ref FlowState flow = ref table.Flows[slot];
            if (flow.Deficit > 0)
            {
                return slot;
            }

            EndFlowTurn(table, slot, ref flow, ref host);
        }

        return SlotList.None;
    }

    /// <summary>Any flow that has frames, or none; one that takes turns before one that is sparse.</summary>
    public readonly int Any(FlowQueueTable table) => _hosts.IsEmpty ? _sparse.Head : table.Hosts[_hosts.Head].Flows.Head;

    /// <summary>Lists every flow that has frames, whatever its turn.</summary>
    public readonly void CopyActive(FlowQueueTable table, List<int> into)
    {
        AddAll(table, _sparse, into);
        for (int host = _hosts.Head; host != SlotList.None; host = table.Hosts[host].Next)
        {
            AddAll(table, table.Hosts[host].Flows, into);
        }
    }

    /// <summary>The flow whose turn it is has sent <paramref name="bytes"/>, and perhaps its last frame.</summary>
    public void Charge(FlowQueueTable table, int slot, ref FlowState flow, int bytes)
    {
        ref HostState host = ref table.Hosts[flow.Host];
        _servedBytes += (uint)bytes;
        flow.Deficit -= bytes;
        host.Deficit -= bytes;
        bool sparse = flow.Standing == FlowStanding.Sparse;
        if (flow.Frames == 0)
        {
            Deactivate(table, slot, ref flow, ref host);
        }
        else if (flow.Deficit <= 0)
        {
            if (sparse)
            {
                EndSparse(table, slot, ref flow, ref host);
            }
            else
            {
                EndFlowTurn(table, slot, ref flow, ref host);
            }
        }

        if (!sparse && host.Deficit <= 0 && !host.Flows.IsEmpty)
        {
            EndHostTurn(table, ref host);
        }
    }

    private readonly void AddAll(FlowQueueTable table, SlotList list, List<int> into)
    {
        for (int slot = list.Head; slot != SlotList.None; slot = table.Flows[slot].Next)
        {
            into.Add(slot);
        }
    }

    /// <summary>A host alone owes nobody.</summary>
    private readonly bool IsDeepInDebt(in HostState host) => host.Deficit <= -_deepDebtBytes && ActiveHosts > 1;

    /// <summary>A deficit and what one of <paramref name="sharers"/> has earned since, at most a quantum; one without others earns enough for anything.</summary>
    private readonly int WithEarned(int deficit, uint leftAt, int sharers, int quantum)
    {
        int most = (2 * _largeQuantumBytes) + _deepDebtBytes;
        uint served = _servedBytes - leftAt;
        int missing = quantum - deficit;
        if (missing <= most && (missing <= 0 || sharers == 1 || served >= (ulong)(uint)missing * (uint)sharers))
        {
            // What most flows find, and no division is needed to see it.
            return quantum;
        }

        return deficit + (sharers == 1 ? most : (int)Math.Min(served / (uint)sharers, (uint)most));
    }

    private void EndSparse(FlowQueueTable table, int slot, ref FlowState flow, ref HostState host)
    {
        _sparse.Remove(in table.Flows, ref flow);
        if (flow.Deficit <= 0)
        {
            flow.Deficit += QuantumBytes;
        }

        TakeTurns(table, slot, ref flow, ref host);
    }

    private void TakeTurns(FlowQueueTable table, int slot, ref FlowState flow, ref HostState host)
    {
        flow.Standing = FlowStanding.InTurn;
        if (host.Flows.IsEmpty)
        {
            _hosts.Append(in table.Hosts, flow.Host);
        }

        host.Flows.Append(in table.Flows, slot, ref flow);
    }

    private readonly void EndFlowTurn(FlowQueueTable table, int slot, ref FlowState flow, ref HostState host)
    {
        flow.Deficit += QuantumBytes;
        if (host.Flows.Tail != slot)
        {
            host.Flows.Remove(in table.Flows, ref flow);
            host.Flows.Append(in table.Flows, slot, ref flow);
        }
    }

    /// <summary>The host at the head of the ring goes to its tail.</summary>
    private void EndHostTurn(FlowQueueTable table, ref HostState host)
    {
        host.Deficit += QuantumBytes;
        int slot = _hosts.Head;
        if (_hosts.Tail != slot)
        {
            _hosts.Remove(in table.Hosts, slot);
            _hosts.Append(in table.Hosts, slot);
        }
    }
}
