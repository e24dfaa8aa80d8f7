using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping;

/// <summary>
/// A token bucket without rounding: credit is kept in nanobits (bits times 1e-9), so that one nanosecond at one bit per second is exactly one unit
/// and neither the rate nor the cost of a byte is ever a fraction.
/// </summary>
/// <remarks>
/// Contract (RFC 2697 terms, one rate): for every interval of length t, bytes taken ≤ rate × t + burst, exactly.
/// A frame is paid in full before it leaves: nothing is lent. A frame longer than the burst would never be paid; it may go when the bucket is full,
/// and the debt is earned before the next one (the contract then holds with that frame's length in place of the burst).
/// Bytes charged after the fact (<see cref="Charge"/>) open a debt of at most one burst; the part beyond that is forgiven, or one second of
/// an unresponsive flood would silence the link for as long again.
/// Range: 1 bit/s to 100 Gbit/s, burst up to 1 GB: credit stays within ±8e18 and fits a long.
/// A mutable struct owned by the shaping thread; time is an argument and never runs backwards.
/// </remarks>
public struct TokenBucket
{
    /// <summary>One byte in nanobits.</summary>
    private const long NanobitsPerByte = 8_000_000_000;

    /// <summary>Largest burst that fits the representation.</summary>
    public const long MaxBurstBytes = 1_000_000_000;

    private long _creditNanobits;
    private long _fullNanobits;
    private ulong _bitsPerSecond;
    private Instant _settled;

    /// <summary>A full bucket.</summary>
    public TokenBucket(BitRate rate, long burstBytes, Instant now)
    {
        _settled = now;
        SetLimits(rate, burstBytes);
        _creditNanobits = _fullNanobits;
    }

    public readonly BitRate Rate => new(_bitsPerSecond);

    public readonly long BurstBytes => _fullNanobits / NanobitsPerByte;

    /// <summary>Whole bytes that could leave at <paramref name="now"/>; negative while a debt is open.</summary>
    public long AvailableBytes(Instant now)
    {
        Settle(now);

        // Rounded down, also below zero: a debt of half a byte is a debt.
        return _creditNanobits >= 0 ? _creditNanobits / NanobitsPerByte : ((_creditNanobits + 1) / NanobitsPerByte) - 1;
    }

    /// <summary>Takes <paramref name="wireBytes"/> if they are there.</summary>
    public bool TryTake(int wireBytes, Instant now)
    {
        Settle(now);
        long cost = wireBytes * NanobitsPerByte;
        if (_creditNanobits < cost && _creditNanobits < _fullNanobits)
        {
            return false;
        }

        _creditNanobits -= cost;
        return true;
    }

    /// <summary>So many bytes could have left when it was last asked.</summary>
    public readonly bool Covers(long wireBytes) => _creditNanobits >= wireBytes * NanobitsPerByte;

    /// <summary>Takes <paramref name="wireBytes"/> whether they are there or not, for bytes that have already crossed the link.</summary>
    public void Charge(int wireBytes, Instant now)
    {
        Settle(now);

        // A debt deeper than the floor (from an oversized frame, or a burst since made smaller) is not forgiven by charging more.
        long floor = Math.Min(_creditNanobits, -_fullNanobits);
        _creditNanobits = Math.Max(_creditNanobits - (wireBytes * NanobitsPerByte), floor);
    }

    /// <summary>Keeps no more than <paramref name="bytes"/> of the credit earned so far.</summary>
    public void Forgo(long bytes, Instant now)
    {
        Settle(now);
        _creditNanobits = Math.Min(_creditNanobits, Math.Min(bytes, MaxBurstBytes) * NanobitsPerByte);
    }

    /// <summary>
    /// Takes <paramref name="wireBytes"/> on credit, for a limit that is asked before a frame is known: whoever asks while there is no debt may go.
    /// The contract then holds with burst + that frame.
    /// </summary>
    /// <returns>The instant at which the debt is earned; <paramref name="now"/> when there is none.</returns>
    public Instant Borrow(int wireBytes, Instant now)
    {
        Settle(now);
        _creditNanobits -= wireBytes * NanobitsPerByte;
        return _creditNanobits >= 0 ? now : now + new Duration((long)(((ulong)-_creditNanobits + _bitsPerSecond - 1) / _bitsPerSecond));
    }

    /// <summary>The first instant at which <see cref="TryTake"/> of that size succeeds, if nothing else is taken before.</summary>
    public Instant NextEligible(int wireBytes, Instant now)
    {
        Settle(now);
        long needed = Math.Min(wireBytes * NanobitsPerByte, _fullNanobits);
        if (_creditNanobits >= needed)
        {
            return now;
        }

        // The gap between full and the deepest debt passes 63 bits but not 64.
        ulong missing = unchecked((ulong)(needed - _creditNanobits));
        ulong nanoseconds = (missing + _bitsPerSecond - 1) / _bitsPerSecond;
        return nanoseconds > long.MaxValue ? Instant.Never : _settled + new Duration((long)nanoseconds);
    }

    /// <summary>
    /// Changes rate and burst at <paramref name="now"/>. Credit earned so far stays, at the old rate up to now and the new rate after;
    /// a smaller burst caps it, a larger one does not add to it.
    /// </summary>
    public void Change(BitRate rate, long burstBytes, Instant now)
    {
        Settle(now);
        SetLimits(rate, burstBytes);
        _creditNanobits = Math.Min(_creditNanobits, _fullNanobits);
    }

    private void SetLimits(BitRate rate, long burstBytes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rate.BitsPerSecond, nameof(rate));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, BitRate.Fastest);
        ArgumentOutOfRangeException.ThrowIfLessThan(burstBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(burstBytes, MaxBurstBytes);
        _bitsPerSecond = rate.BitsPerSecond;
        _fullNanobits = burstBytes * NanobitsPerByte;
    }

    private void Settle(Instant now)
    {
        long elapsed = now.Nanoseconds - _settled.Nanoseconds;
        if (elapsed <= 0)
        {
            return;
        }

        _settled = now;

        // The product of a long gap passes 64 bits, so it is compared with the room in full width before it is added.
        ulong room = unchecked((ulong)(_fullNanobits - _creditNanobits));
        ulong high = Math.BigMul(_bitsPerSecond, (ulong)elapsed, out ulong earned);
        _creditNanobits = high != 0 || earned >= room ? _fullNanobits : _creditNanobits + (long)earned;
    }
}
