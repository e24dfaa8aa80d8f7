using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Shaper.Engine.Buffers;

namespace Shaper.Engine.Classify;

/// <summary>
/// Hashes a <see cref="FlowKey"/> to 32 bits with secret keys, so that nobody outside can choose flows that collide. Both directions of a
/// connection have the same key and so the same hash.
/// </summary>
/// <remarks>
/// Multilinear-HM (Lemire and Kaser, "Strongly universal string hashing is fast", The Computer Journal 57, 2014): the 64-bit sum of
/// (k[2i] + w[2i]) * (k[2i+1] + w[2i+1]) over pairs of 32-bit words, of which the upper 32 bits are kept. Over the choice of keys any two different
/// flow keys collide with probability 2^-32, and each subset of the bits is as good, so a table may mask it. IPv4 keys have zeros in three of the
/// five pairs; their share of the sum is a constant. One instance serves the whole box: all tables must agree. Immutable; any thread.
/// </remarks>
public sealed class FlowHash
{
    private readonly ulong _base;
    private readonly ulong _narrowBase;
    private readonly ulong _key0;
    private readonly ulong _key1;
    private readonly ulong _key2;
    private readonly ulong _key3;
    private readonly ulong _key4;
    private readonly ulong _key5;
    private readonly ulong _key6;
    private readonly ulong _key7;
    private readonly ulong _key8;
    private readonly ulong _key9;

    /// <param name="seed">The same seed gives the same hashes: for simulations and tests. Live, take <see cref="CreateRandom"/>.</param>
    public FlowHash(ulong seed)
    {
        _base = Next(ref seed);
        _key0 = Next(ref seed);
        _key1 = Next(ref seed);
        _key2 = Next(ref seed);
        _key3 = Next(ref seed);
        _key4 = Next(ref seed);
        _key5 = Next(ref seed);
        _key6 = Next(ref seed);
        _key7 = Next(ref seed);
        _key8 = Next(ref seed);
        _key9 = Next(ref seed);
        _narrowBase = _base + (_key4 * _key5) + (_key6 * _key7) + (_key8 * _key9);
    }

    /// <summary>A number made of the keys, for tables that hash something else than flows: as secret and as repeatable as they are.</summary>
    public ulong TableSeed => _base ^ _key9;

    /// <summary>A hash with keys from the operating system's random source.</summary>
    public static FlowHash CreateRandom()
    {
        Span<byte> seed = stackalloc byte[8];
        RandomNumberGenerator.Fill(seed);
        return new(BinaryPrimitives.ReadUInt64LittleEndian(seed));
    }

    /// <summary>The hash of the flow of a frame: that of its <see cref="FlowKey"/>, without making one where the frame is IPv4.</summary>
    /// <param name="frame">The bytes that <paramref name="meta"/> was dissected from.</param>
    /// <param name="meta">As the dissector, and for fragments the classifier, left it.</param>
    public uint Of(ReadOnlySpan<byte> frame, in FrameMeta meta)
    {
        if ((meta.Traits & FrameTraits.Ipv4) == 0)
        {
            return OfOthers(frame, meta);
        }

        FlowKey.OrderIpv4(frame, meta, out ulong first, out ulong second, out uint ports);
        ulong sum = ((_key0 + first) * (_key1 + second)) + ((_key2 + FlowKey.Ipv4Rest(meta)) * (_key3 + ports));
        return (uint)((sum + _narrowBase) >> 32);
    }

    // Apart, or room for the key would be cleared for every frame.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint OfOthers(ReadOnlySpan<byte> frame, in FrameMeta meta) => Of(FlowKey.Of(frame, meta, out _));

    /// <summary>The hash of a flow.</summary>
    public uint Of(in FlowKey key)
    {
        ulong sum = ((_key0 + (uint)key.FirstLow) * (_key1 + (uint)key.SecondLow)) + ((_key2 + (uint)key.Rest) * (_key3 + (key.Rest >> 32)));
        if (key.IsIpv4)
        {
            return (uint)((sum + _narrowBase) >> 32);
        }

        sum += _base;
        sum += (_key4 + (key.FirstLow >> 32)) * (_key5 + (key.SecondLow >> 32));
        sum += (_key6 + (uint)key.FirstHigh) * (_key7 + (uint)key.SecondHigh);
        sum += (_key8 + (key.FirstHigh >> 32)) * (_key9 + (key.SecondHigh >> 32));
        return (uint)(sum >> 32);
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): spreads a seed over independent-looking keys.</summary>
    private static ulong Next(ref ulong seed)
    {
        seed += 0x9E37_79B9_7F4A_7C15;
        ulong z = seed;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
