using System.Runtime.InteropServices;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// What the settlement of shares needs of an active connection, side by side with those of the others: it looks at all of them a hundred times a second, and the connections
/// themselves lie four cache lines each apart.
/// </summary>
/// <remarks>At the connection's <see cref="TcpConnection.ActiveIndex"/>. Owned by the shaping thread. Times in nanoseconds.</remarks>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct ActivePace
{
    /// <summary>Half a cache line; a test holds it.</summary>
    public const int SizeBytes = 32;

    /// <summary>Of data.</summary>
    public long LastArrival;

    /// <summary>Until when the sender counts as limited by the window.</summary>
    public long LimitedUntil;

    /// <summary>Inbound rate, exponential mean over some 100 ms, bit/s.</summary>
    public float RateBits;

    /// <summary>Inbound link bytes since the last settlement of shares.</summary>
    public int EpochWireBytes;

    /// <summary>As in <see cref="TcpConnection.Group"/>.</summary>
    public int Group;

    /// <summary>As <see cref="ConnectionFlags.WindowLimited"/> says.</summary>
    public bool IsLimited;

    /// <summary>What a segment in each round trip makes, kbit/s of link; the largest value stands for more.</summary>
    public ushort LeastKilobits;

    /// <summary>What a connection may use that its sender keeps back: what it uses, and a quarter more, but at least a tenth of its group's level.</summary>
    public readonly double ShareAt(double level)
    {
        double wanted = RateBits * 1.25;

        // The usual one, by this far more than a tenth, need not wait for a division.
        return double.MinNative(level, wanted * 8 > level ? wanted : double.MaxNative(wanted, level / 10));
    }

    /// <summary>Takes <see cref="LeastKilobits"/> of its connection, when segments or round trip have been measured anew.</summary>
    public void NoteLeast(in TcpConnection connection)
    {
        if (connection.Base.IsKnown)
        {
            long wireBytes = connection.SegmentBytes + connection.OverheadBytes;
            LeastKilobits = (ushort)Math.Min(ushort.MaxValue, wireBytes * 8_000_000 / connection.Base.Nanoseconds);
        }
    }
}
