using System.Numerics;
using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Shaping;

/// <summary>The token bucket as its definition reads, in whole numbers of any size: credit in nanobits, earned at the rate, capped at the burst.</summary>
internal sealed class ExactBucket
{
    private static readonly BigInteger NanobitsPerByte = 8_000_000_000;

    private BigInteger _credit;
    private BigInteger _full;
    private BigInteger _rate;
    private BigInteger _settled;

    public ExactBucket(BitRate rate, long burstBytes, Instant now)
    {
        _rate = rate.BitsPerSecond;
        _full = burstBytes * NanobitsPerByte;
        _credit = _full;
        _settled = now.Nanoseconds;
    }

    public BigInteger CreditNanobits => _credit;

    public bool TryTake(int bytes, Instant now)
    {
        Earn(now);
        if (_credit < BigInteger.Min(bytes * NanobitsPerByte, _full))
        {
            return false;
        }

        _credit -= bytes * NanobitsPerByte;
        return true;
    }

    public void Charge(int bytes, Instant now)
    {
        Earn(now);
        BigInteger after = _credit - (bytes * NanobitsPerByte);
        _credit = after >= -_full ? after : BigInteger.Min(_credit, -_full);
    }

    public void Forgo(long bytes, Instant now)
    {
        Earn(now);
        _credit = BigInteger.Min(_credit, bytes * NanobitsPerByte);
    }

    public void Change(BitRate rate, long burstBytes, Instant now)
    {
        Earn(now);
        _rate = rate.BitsPerSecond;
        _full = burstBytes * NanobitsPerByte;
        _credit = BigInteger.Min(_credit, _full);
    }

    public BigInteger WaitNanoseconds(int bytes, Instant now)
    {
        Earn(now);
        BigInteger missing = BigInteger.Min(bytes * NanobitsPerByte, _full) - _credit;
        return missing <= 0 ? 0 : (missing + _rate - 1) / _rate;
    }

    private void Earn(Instant now)
    {
        _credit = BigInteger.Min(_full, _credit + (_rate * (now.Nanoseconds - _settled)));
        _settled = now.Nanoseconds;
    }
}
