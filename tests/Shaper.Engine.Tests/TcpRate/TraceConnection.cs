using Shaper.NetSim.Checking;

namespace Shaper.Engine.Tests.TcpRate;

/// <summary>Both ends of a random connection: enough state that most of its segments make sense, and means to send such as do not.</summary>
internal sealed class TraceConnection(byte number)
{
    private readonly bool _ipv6 = number % 2 == 1;
    private readonly ushort _vlan = number == 2 ? (ushort)9 : (ushort)0;
    private uint _insideNext;
    private uint _outsideNext;
    private uint _outsideIsn;
    private uint _acknowledged;
    private uint _edge;
    private ushort _window;
    private int? _insideScale;
    private int? _outsideScale;
    private bool _stamps;
    private bool _fastOpen;
    private uint _stamp;
    private uint _stampSeen;
    private byte[]? _last;
    private ushort _number;

    private int Scale => _insideScale is int scale && _outsideScale is not null ? scale : 0;

    /// <summary>A new incarnation under the same ports.</summary>
    public void Renew(uint a, uint b)
    {
        _insideNext = a;
        _outsideNext = _outsideIsn = b;
        _acknowledged = b + 1;
        _edge = b + 1;
        _insideScale = a % 5 == 0 ? null : (int)(a / 7 % 16);
        _outsideScale = b % 5 == 0 ? null : (int)(b / 7 % 15);
        _stamps = a % 3 != 0;
        _fastOpen = b % 9 == 0;
        _window = (ushort)(b >> 3);
    }

    public byte[] InsideSyn(bool acknowledges, bool changed)
    {
        int? scale = changed ? (_insideScale ?? 0) + 1 : _insideScale;
        return Remember(Inside(SeenSegment.Syn, _insideNext - 1) with
        {
            Flags = acknowledges ? (byte)(SeenSegment.Syn | SeenSegment.Ack) : SeenSegment.Syn,
            Acknowledgement = acknowledges ? _outsideIsn + 1 : 0,
            Window = _window,
            Options = SegmentRecipe.SynOptions(scale, _stamps, true, fastOpen: _fastOpen && !acknowledges, stamp: ++_stamp),
        });
    }

    public byte[] OutsideSyn(bool acknowledges) => (Outside(SeenSegment.Syn, _outsideIsn) with
    {
        Flags = acknowledges ? (byte)(SeenSegment.Syn | SeenSegment.Ack) : SeenSegment.Syn,
        Options = SegmentRecipe.SynOptions(_outsideScale, _stamps, true),
    }).ToBytes();

    public byte[] OutsideData(uint bytes)
    {
        uint from = _outsideNext == _outsideIsn ? _outsideIsn + 1 : _outsideNext;
        _outsideNext = from + bytes;
        return (Outside(SeenSegment.Ack, from) with { PayloadBytes = (int)bytes }).ToBytes();
    }

    /// <summary>Data that was sent before, or leaves a gap.</summary>
    public byte[] OutsideStray(int offset, uint bytes) =>
        (Outside(SeenSegment.Ack, _outsideNext + (uint)offset) with { PayloadBytes = (int)bytes }).ToBytes();

    public byte[] OutsideFlags(byte flags) => Outside(flags, _outsideNext).ToBytes();

    /// <summary>Acknowledges some of what came; the window is such that the edge stays or moves right, or, rarely, is taken back.</summary>
    public byte[] InsideAck(uint some, ushort room, bool takesBack, byte flags = SeenSegment.Ack, int payload = 0)
    {
        uint open = Math.Min(_outsideNext - _acknowledged, 1u << 20);
        _acknowledged += open == 0 ? 0 : some % (open + 1);
        long kept = (int)(_edge - _acknowledged);
        long window = takesBack ? room % 100 : Math.Min(65_535, Math.Max((kept + (1L << Scale) - 1) >> Scale, 0) + (room % 500));
        _window = (ushort)window;
        uint edge = _acknowledged + ((uint)_window << Scale);
        _edge = (int)(edge - _edge) > 0 ? edge : _edge;
        _stamp += some % 2;
        SegmentRecipe segment = Inside(flags, _insideNext) with { PayloadBytes = payload };
        _insideNext += (uint)payload;
        return Remember(segment);
    }

    /// <summary>The same numbers again, with another window where one is given.</summary>
    public byte[] InsideRepeat(ushort? window = null)
    {
        _window = window ?? _window;
        return Remember(Inside(SeenSegment.Ack, _insideNext));
    }

    public byte[] InsideSack(uint offset) =>
        Remember(Inside(SeenSegment.Ack, _insideNext) with { Options = SegmentRecipe.SackOptions(_acknowledged + offset, _acknowledged + offset + 1_000) });

    public byte[] InsideStale(uint back) => Remember(Inside(SeenSegment.Ack, _insideNext) with { Acknowledgement = _acknowledged - back });

    public byte[] InsideFlags(byte flags, ushort urgent = 0) => Remember(Inside(flags, _insideNext) with { UrgentPointer = urgent });

    public byte[] InsideOptions(byte[] options) => Remember(Inside(SeenSegment.Ack, _insideNext) with { Options = options });

    public byte[] KeepAliveOfInside() => Remember(Inside(SeenSegment.Ack, _insideNext - 1));

    public byte[] KeepAliveOfOutside() => Outside(SeenSegment.Ack, _outsideNext - 1).ToBytes();

    public byte[] Damaged(ushort damage) => Remember(Inside(SeenSegment.Ack, _insideNext) with { Damage = damage });

    /// <summary>The last segment of the inside, cut short or with a byte changed.</summary>
    public byte[] Broken(int at, byte value, bool cut)
    {
        byte[] bytes = _last ?? InsideRepeat();
        if (cut)
        {
            return bytes[..Math.Max(14, at % bytes.Length)];
        }

        byte[] other = [.. bytes];
        other[12 + (at % (other.Length - 12))] = value;
        return other;
    }

    private byte[] Remember(SegmentRecipe recipe) => _last = recipe.ToBytes();

    private SegmentRecipe Inside(byte flags, uint sequence) => new()
    {
        Ipv6 = _ipv6,
        Vlan = _vlan,
        Source = 1,
        Destination = 2,
        SourcePort = (ushort)(40_000 + number),
        DestinationPort = 443,
        Sequence = sequence,
        Acknowledgement = _acknowledged,
        Flags = flags,
        Window = _window,
        Number = ++_number,
        Options = _stamps ? SegmentRecipe.StampOptions(_stamp, _stampSeen) : [],
    };

    private SegmentRecipe Outside(byte flags, uint sequence) => new()
    {
        Ipv6 = _ipv6,
        Vlan = _vlan,
        Source = 2,
        Destination = 1,
        SourcePort = 443,
        DestinationPort = (ushort)(40_000 + number),
        Sequence = sequence,
        Acknowledgement = _insideNext,
        Flags = flags,
        Window = 5_000,
        Number = ++_number,
        Options = _stamps ? SegmentRecipe.StampOptions(++_stampSeen, _stamp) : [],
    };
}
