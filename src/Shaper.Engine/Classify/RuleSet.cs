using System.Buffers.Binary;
using System.Numerics;
using Shaper.Engine.Buffers;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Classify;

/// <summary>Rules compiled to an immutable set; first match wins.</summary>
/// <remarks>
/// Design. Each header field is looked up on its own and gives a row of bits, one for each rule variant, set where the rule's condition on this field holds;
/// the rows are ANDed and the lowest bit left is the first rule that matches (Lakshman and Stiliadis, SIGCOMM 1998). Cost hardly depends on the
/// number of rules (see <see cref="RowSet"/>), and there is no cache of recent flows that a flood could push out.
/// The fields no rule asks for are not looked up. Compiled off the data path; any number of threads may match at once.
/// </remarks>
public sealed class RuleSet
{
    /// <summary>Most rules a set takes.</summary>
    public const int MaxRules = 4_096;

    /// <summary>Index of the rows for frames without IP, or without the field.</summary>
    private const int NoDscp = 64;
    private const int NoProtocol = 256;
    private const int NoIcmpType = 256;

    private readonly Rule[] _rules;
    private readonly ushort[] _classOfRule;
    private readonly int[] _ruleOfVariant;
    private readonly ulong[] _rows;
    private readonly int _summaryWords;

    /// <summary>By direction and ACK-only.</summary>
    private readonly int[] _kind;
    private readonly int[] _dscp;
    private readonly int[] _protocol;
    private readonly int[] _icmpType;
    private readonly int _noPorts;
    private readonly ValueMap<int> _etherType;
    private readonly ValueMap<int> _sourcePort;
    private readonly ValueMap<int> _destinationPort;
    private readonly ValueMap<int>? _vlan;
    private readonly AddressMap? _source;
    private readonly AddressMap? _destination;

    /// <summary>For the usual set: at most 64 variants, none of which names VLANs or addresses.</summary>
    private readonly RuleWord? _word;

    /// <summary>For a set of more variants of which none names VLANs or addresses.</summary>
    private readonly JointRows? _joint;

    private RuleSet(Rule[] rules, ushort fallbackClassId)
    {
        _rules = rules;
        _classOfRule = Array.ConvertAll(rules, static rule => rule.ClassId);
        FallbackClassId = fallbackClassId;
        RuleVariant[] variants = RuleVariant.Of(rules);
        _ruleOfVariant = Array.ConvertAll(variants, static variant => variant.RuleIndex);
        RowSet rowSet = new(Math.Max(1, (variants.Length + 63) / 64));
        _summaryWords = rowSet.SummaryWords;

        _kind = Kinds(variants, rowSet);
        IntervalTable dscp = IntervalTable.Build(variants, static v => v.Dscp, 63, rowSet);
        _dscp = [.. dscp.Expand(64), dscp.NoneRow];
        IntervalTable protocol = IntervalTable.Build(variants, static v => v.Protocols, 255, rowSet);
        _protocol = [.. protocol.Expand(256), protocol.NoneRow];
        IntervalTable icmpType = IntervalTable.Build(variants, static v => v.IcmpTypes, 255, rowSet);
        _icmpType = [.. icmpType.Expand(256), icmpType.NoneRow];
        IntervalTable etherType = IntervalTable.Build(variants, static v => v.EtherTypes, 65_535, rowSet);
        _etherType = new(etherType.Expand(65_536));
        IntervalTable vlan = IntervalTable.Build(variants, static v => v.VlanIds, 65_535, rowSet);
        _vlan = vlan.IsUsed ? new(vlan.Expand(65_536)) : null;

        // Without ports both port conditions fail together; their rows are ANDed once, here.
        IntervalTable sourcePort = IntervalTable.Build(variants, static v => v.SourcePorts, 65_535, rowSet);
        IntervalTable destinationPort = IntervalTable.Build(variants, static v => v.DestinationPorts, 65_535, rowSet);
        _sourcePort = new(sourcePort.Expand(65_536));
        _destinationPort = new(destinationPort.Expand(65_536));
        _noPorts = rowSet.AddAnd(sourcePort.NoneRow, destinationPort.NoneRow);

        if (Array.Exists(variants, static v => v.SourcesV4.Length + v.DestinationsV4.Length > 0))
        {
            _source = new(
                IntervalTable.Build(variants, static v => v.SourcesV4, uint.MaxValue, rowSet),
                IntervalTable.Build(variants, static v => v.SourcesV6, UInt128.MaxValue, rowSet));
            _destination = new(
                IntervalTable.Build(variants, static v => v.DestinationsV4, uint.MaxValue, rowSet),
                IntervalTable.Build(variants, static v => v.DestinationsV6, UInt128.MaxValue, rowSet));
        }

        JointRows? joint = _vlan is null && _source is null ? new(_kind, _etherType, _protocol, _icmpType[NoIcmpType], rowSet) : null;
        _rows = rowSet.ToArray();
        if (_summaryWords > 0)
        {
            _joint = joint;
        }
        else if (joint is not null)
        {
            ushort[] classes = Array.ConvertAll(_ruleOfVariant, rule => _classOfRule[rule]);
            _word = new(_rows, joint, _dscp, sourcePort, destinationPort, classes, fallbackClassId);
        }
    }

    /// <summary>The built-in rules: voice, control, tunnelled, bulk, and unknown for the rest.</summary>
    public static RuleSet Default { get; } = Compile(DefaultRules.All, BuiltInClass.Unknown);

    /// <summary>The rules in the order they are tried.</summary>
    public IReadOnlyList<Rule> Rules => _rules;

    /// <summary>Class of a frame that no rule matches.</summary>
    public ushort FallbackClassId { get; }

    /// <summary>Memory of the compiled set.</summary>
    public long MemoryBytes =>
        (_rows.LongLength * sizeof(ulong)) + _etherType.MemoryBytes + _sourcePort.MemoryBytes + _destinationPort.MemoryBytes +
        (_word?.MemoryBytes ?? 0) + (_joint?.MemoryBytes ?? 0) + (_vlan?.MemoryBytes ?? 0) + (_source?.MemoryBytes ?? 0) + (_destination?.MemoryBytes ?? 0);

    /// <summary>Compiles rules in the order given.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxRules"/>.</exception>
    public static RuleSet Compile(IReadOnlyList<Rule> rules, ushort fallbackClassId = BuiltInClass.Bulk)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rules.Count, MaxRules, nameof(rules));
        return new([.. rules], fallbackClassId);
    }

    /// <summary>Index into <see cref="Rules"/> of the first rule that the frame matches, or -1.</summary>
    /// <param name="frame">The bytes that <paramref name="meta"/> was dissected from.</param>
    /// <param name="meta">As the dissector, and for fragments the fragment table, left it.</param>
    /// <param name="direction">Which way the frame goes.</param>
    public int Match(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction)
    {
        FrameTraits traits = meta.Traits;
        bool isIp = (traits & (FrameTraits.Ipv4 | FrameTraits.Ipv6)) != 0;
        if (_word is not null && JointRows.Serve(traits))
        {
            ulong bits = _word.Agreed(meta, direction);
            return bits == 0 ? -1 : _ruleOfVariant[BitOperations.TrailingZeroCount(bits)];
        }

        if (_joint is not null && JointRows.Serve(traits))
        {
            return FirstOf(_joint.Of(meta, direction), _dscp[meta.Dscp], _sourcePort.Row(meta.SourcePort), _destinationPort.Row(meta.DestinationPort));
        }

        int kind = _kind[JointRows.KindOf(traits, direction)];
        int etherType = _etherType.Row(meta.EtherType);
        int dscp = _dscp[isIp ? meta.Dscp : NoDscp];
        int protocol = _protocol[isIp ? meta.Protocol : NoProtocol];
        int icmpType = _icmpType[NoIcmpType];
        int sourcePort = _noPorts;
        int destinationPort = _noPorts;
        if (JointRows.Serve(traits))
        {
            sourcePort = _sourcePort.Row(meta.SourcePort);
            destinationPort = _destinationPort.Row(meta.DestinationPort);
        }
        else if (TryIcmpType(frame, meta, out byte type))
        {
            icmpType = _icmpType[type];
        }

        // A row that is ANDed anyway stands in for the fields not looked up.
        int vlan = kind;
        int source = kind;
        int destination = kind;
        if (_vlan is not null)
        {
            vlan = _vlan.Row(meta.VlanId);
        }

        if (_source is not null)
        {
            FindAddresses(frame, meta, out source, out destination);
        }

        ulong[] rows = _rows;
        if (_summaryWords == 0)
        {
            // One word holds all variants of all but the largest sets.
            ulong matching = rows[kind] & rows[etherType] & rows[dscp] & rows[protocol] & rows[icmpType]
                & rows[sourcePort] & rows[destinationPort] & rows[vlan] & rows[source] & rows[destination];
            return matching == 0 ? -1 : _ruleOfVariant[BitOperations.TrailingZeroCount(matching)];
        }

        return FirstOf([kind, etherType, dscp, protocol, icmpType, sourcePort, destinationPort, vlan, source, destination]);
    }

    /// <summary>The class of a frame: that of its rule, or the fallback.</summary>
    /// <inheritdoc cref="Match"/>
    public ushort ClassOf(ReadOnlySpan<byte> frame, in FrameMeta meta, Direction direction) =>
        _word is { } word && JointRows.Serve(meta.Traits) ? word.ClassOf(meta, direction) : ClassOf(Match(frame, meta, direction));

    /// <summary>The class of a rule found by <see cref="Match"/>; of -1, the fallback.</summary>
    public ushort ClassOf(int rule) => rule < 0 ? FallbackClassId : _classOfRule[rule];

    /// <summary>The first rule whose bit is set in all of these rows, each of several words; -1 for none.</summary>
    private int FirstOf(ReadOnlySpan<int> starts)
    {
        int summary = 0;
        do
        {
            ulong candidates = Agreed(starts, summary);
            while (candidates != 0)
            {
                int word = (summary * 64) + BitOperations.TrailingZeroCount(candidates);
                ulong bits = AgreedWord(starts, word);
                if (bits != 0)
                {
                    return _ruleOfVariant[(word * 64) + BitOperations.TrailingZeroCount(bits)];
                }

                candidates &= candidates - 1;
            }
        }
        while (++summary < _summaryWords);
        return -1;
    }

    /// <summary>The same for four rows.</summary>
    private int FirstOf(int joint, int dscp, int sourcePort, int destinationPort)
    {
        ulong[] rows = _rows;
        int words = _summaryWords;
        for (int summary = 0; summary < words; summary++)
        {
            ulong candidates = rows[joint + summary] & rows[dscp + summary] & rows[sourcePort + summary] & rows[destinationPort + summary];
            for (; candidates != 0; candidates &= candidates - 1)
            {
                int word = (summary * 64) + BitOperations.TrailingZeroCount(candidates);
                ulong bits = RowSet.WordOf(rows, sourcePort, words, word) & RowSet.WordOf(rows, destinationPort, words, word)
                    & RowSet.WordOf(rows, joint, words, word) & RowSet.WordOf(rows, dscp, words, word);
                if (bits != 0)
                {
                    return _ruleOfVariant[(word * 64) + BitOperations.TrailingZeroCount(bits)];
                }
            }
        }

        return -1;
    }

    private ulong AgreedWord(ReadOnlySpan<int> starts, int word)
    {
        ulong[] rows = _rows;
        ulong bits = RowSet.WordOf(rows, starts[0], _summaryWords, word);
        for (int i = 1; i < starts.Length; i++)
        {
            bits &= RowSet.WordOf(rows, starts[i], _summaryWords, word);
        }

        return bits;
    }

    private ulong Agreed(ReadOnlySpan<int> starts, int at)
    {
        ulong[] rows = _rows;
        ulong bits = rows[starts[0] + at];
        for (int i = 1; i < starts.Length; i++)
        {
            bits &= rows[starts[i] + at];
        }

        return bits;
    }

    private void FindAddresses(ReadOnlySpan<byte> frame, in FrameMeta meta, out int source, out int destination)
    {
        if ((meta.Traits & FrameTraits.Ipv4) != 0)
        {
            ulong addresses = BinaryPrimitives.ReadUInt64BigEndian(frame[(meta.NetworkOffset + 12)..]);
            source = _source!.Row((uint)(addresses >> 32));
            destination = _destination!.Row((uint)addresses);
        }
        else if ((meta.Traits & FrameTraits.Ipv6) != 0)
        {
            source = _source!.Row(BinaryPrimitives.ReadUInt128BigEndian(frame[(meta.NetworkOffset + 8)..]));
            destination = _destination!.Row(BinaryPrimitives.ReadUInt128BigEndian(frame[(meta.NetworkOffset + 24)..]));
        }
        else
        {
            source = _source!.NoneRow;
            destination = _destination!.NoneRow;
        }
    }

    private static bool TryIcmpType(ReadOnlySpan<byte> frame, in FrameMeta meta, out byte type)
    {
        bool isIcmp = meta.PayloadBytes > 0 && (meta.Traits & (FrameTraits.LaterFragment | FrameTraits.Malformed)) == 0 &&
            (((meta.Traits & FrameTraits.Ipv4) != 0 && meta.Protocol == IpProtocols.Icmp) ||
             ((meta.Traits & FrameTraits.Ipv6) != 0 && meta.Protocol == IpProtocols.Icmpv6));
        type = isIcmp ? frame[meta.TransportOffset] : (byte)0;
        return isIcmp;
    }

    /// <summary>Rows by direction * 2 + ACK-only.</summary>
    private static int[] Kinds(RuleVariant[] variants, RowSet rowSet)
    {
        int[] rows = new int[4];
        for (int kind = 0; kind < rows.Length; kind++)
        {
            Direction direction = (Direction)(kind >> 1);
            bool ackOnly = (kind & 1) != 0;
            ulong[] bits = new ulong[rowSet.Words];
            for (int i = 0; i < variants.Length; i++)
            {
                if ((variants[i].Direction ?? direction) == direction && (variants[i].AckOnly ?? ackOnly) == ackOnly)
                {
                    bits[i >> 6] |= 1UL << (i & 63);
                }
            }

            rows[kind] = rowSet.Add(bits);
        }

        return rows;
    }
}
