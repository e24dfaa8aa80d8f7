using System.Runtime.InteropServices;
using Shaper.Engine.Units;

namespace Shaper.Engine.Aqm;

/// <summary>CoDel's memory of one flow: 25 B, so that its flow has room for the rest on one line; the default value is a flow never seen. Named as in RFC 8289, section 5.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct CodelState
{
    /// <summary>When the delay will have stood for an interval; zero while it is below target.</summary>
    public Instant FirstAboveTime;

    /// <summary>When to drop next, while dropping.</summary>
    public Instant DropNext;

    /// <summary>Drops since dropping began; the drop rate grows with its square root.</summary>
    public uint Count;

    /// <summary>The count with which dropping began.</summary>
    public uint LastCount;

    public CodelPhase Phase;
}
