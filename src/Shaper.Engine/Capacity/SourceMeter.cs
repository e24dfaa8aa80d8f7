using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Capacity;

/// <summary>
/// Who sends how much to the site: bytes per remote host over the last second, apart for TCP, which can be steered, and for the rest, which cannot.
/// </summary>
/// <remarks>
/// A direct-mapped table of fixed size. Of hosts that meet in one place the heaviest ends up holding it and the rest is added to "others": the heavy
/// hitters, which is who the question is about, stay nearly exact. Owned by the shaping thread.
/// </remarks>
public sealed class SourceMeter
{
    /// <summary>Remote hosts told apart.</summary>
    public const int Places = 1_024;

    private readonly LineArray<SourceRate> _open = new(Places);
    private readonly SourceRate[] _closed = new SourceRate[Places];

    /// <summary>Bytes of hosts that lost their place, in the closed window.</summary>
    public long OthersBytes { get; private set; }

    private long _othersOpen;

    /// <summary>The last whole window.</summary>
    public ReadOnlySpan<SourceRate> Closed => _closed;

    /// <summary>Counts one frame from a remote host.</summary>
    /// <param name="addressHigh">Upper half of the host's address; 0 for IPv4.</param>
    /// <param name="addressLow">Lower half.</param>
    /// <param name="meta">As the dissector left it.</param>
    public void Observe(ulong addressHigh, ulong addressLow, in FrameMeta meta)
    {
        ref SourceRate place = ref _open[(int)(((addressLow ^ addressHigh) * 0x9e37_79b9_7f4a_7c15) >> 54)];
        if (!place.IsOf(addressHigh, addressLow) && !TryTakePlace(ref place, new(addressHigh, addressLow), meta.WireBytes))
        {
            return;
        }

        place.Add(meta.Has(FrameTraits.Ipv6), meta.Protocol, meta.WireBytes);
    }

    private bool TryTakePlace(ref SourceRate place, UInt128 address, int wireBytes)
    {
        if (place.Bytes > 0)
        {
            // Majority vote in one place (Boyer and Moore, 1981): a newcomer wears the holder's claim down before it takes over.
            if (place.Contest(wireBytes))
            {
                _othersOpen += wireBytes;
                return false;
            }

            _othersOpen += place.Bytes;
        }

        place = new(address);
        return true;
    }

    /// <summary>Ends the window and opens the next.</summary>
    public void CloseWindow()
    {
        _open.AsSpan().CopyTo(_closed);
        _open.AsSpan().Clear();
        OthersBytes = _othersOpen;
        _othersOpen = 0;
    }

    /// <summary>The remote host that sent most of what cannot be steered in the closed window; zero bytes when nobody did.</summary>
    public SourceRate HeaviestUnsteerable()
    {
        SourceRate best = default;
        foreach (SourceRate source in _closed)
        {
            best = source.OtherBytes > best.OtherBytes ? source : best;
        }

        return best;
    }
}
