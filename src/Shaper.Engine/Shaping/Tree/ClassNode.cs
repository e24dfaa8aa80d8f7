using System.Runtime.InteropServices;
using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>
/// State of one class as its siblings and its parent see it: what it is owed, what it has had, whether it competes. Two cache lines, of which the first is all that
/// a class without a ceiling needs while it competes.
/// </summary>
/// <remarks>
/// A class <em>competes</em> (<see cref="Active"/>) while it has something to send and its ceiling allows it; its parent then counts it in
/// <see cref="Content"/>. Element of an array owned by the shaping thread; the two counters may be read by any.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct ClassNode
{
    /// <summary>A test holds it.</summary>
    public const int SizeBytes = 128;

    /// <summary>Where the second line begins.</summary>
    public const int SecondLine = SizeBytes / 2;

    /// <summary>Start tag among siblings of the same priority: excess bytes had, divided by weight; units of 2^-20 B at weight 1.</summary>
    public long ExcessTag;

    /// <summary>What a byte of excess adds to <see cref="ExcessTag"/>: <see cref="SiblingScheduler.CostOfByte"/> / weight.</summary>
    public long WeightCost;

    /// <summary>Virtual clock of the guarantee, in ticks: earned up to now when it equals now, in arrears when it lies before.</summary>
    public long GuaranteeTag;

    /// <summary>Ticks per byte at the guaranteed rate: what a byte out of the guarantee adds; 0 without a guarantee.</summary>
    public double GuaranteeCost;

    /// <summary>Wire bytes sent out of the guarantee.</summary>
    public Counter GuaranteedBytes;

    /// <summary>Wire bytes sent out of the excess, that is, borrowed.</summary>
    public Counter ExcessBytes;

    /// <summary>Index of the parent; 0 is the link, whose own parent is itself.</summary>
    public int Parent;

    /// <summary>How far, in ticks, the guarantee of a class without traffic may stay behind now: its burst, to 24 bits, so that it finds room on this line.</summary>
    public float GuaranteeCredit;

    /// <summary>Children that compete, at most <see cref="Tournament.MostSlots"/>; of a leaf, not used.</summary>
    public ushort Content;

    /// <summary>Index among the priorities in use below the parent, 0 served first.</summary>
    public byte Level;

    public bool Active;
    public bool HasCeiling;

    /// <summary>The ceiling has no credit; with something to send, a wake-up is filed.</summary>
    public bool Throttled;

    /// <summary>A wake-up is filed; there is never more than one.</summary>
    public bool WakeFiled;

    /// <summary>Most wire bytes per time, and the burst above it; meaningful with <see cref="HasCeiling"/>. Begins the second line.</summary>
    public TokenBucket Ceiling;
}
