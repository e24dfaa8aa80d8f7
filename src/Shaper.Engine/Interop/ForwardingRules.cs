using System.Buffers.Binary;
using System.Text;

namespace Shaper.Engine.Interop;

/// <summary>
/// An nftables table of the bridge family that drops what the bridge would forward between two of its ports, either way. The table
/// belongs to the socket of this object: the kernel removes it when the socket closes, however the process ends.
/// </summary>
/// <remarks>
/// Needs Linux 5.12 (NFT_TABLE_F_OWNER) and CAP_NET_ADMIN. A batch takes effect whole or not at all. One thread at a time.
/// Source: the kernel's nf_tables uapi.
/// </remarks>
public sealed class ForwardingRules : IDisposable
{
    private const ushort Subsystem = 10 << 8;
    private const ushort NewTable = Subsystem | 0;
    private const ushort GetTable = Subsystem | 1;
    private const ushort DeleteTable = Subsystem | 2;
    private const ushort NewChain = Subsystem | 3;
    private const ushort NewRule = Subsystem | 6;
    private const ushort GetRule = Subsystem | 7;
    private const ushort BatchBegin = 16;
    private const ushort BatchEnd = 17;
    private const ushort FlagCreate = 0x400;
    private const ushort FlagAppend = 0x800;
    private const ushort FlagDump = 0x300;

    private const byte FamilyBridge = 7;
    private const uint TableOwner = 2;
    private const uint HookForward = 2;
    private const uint PolicyAccept = 1;
    private const int NameBytes = 16;
    private const uint Register1 = 1;
    private const uint RegisterVerdict = 0;
    private const uint MetaInputName = 6;
    private const uint MetaOutputName = 7;
    private const uint CompareEqual = 0;
    private const uint VerdictDrop = 0;
    private const string Chain = "forward";

    private readonly NetlinkSocket _socket = new(NetlinkFamily.Netfilter);
    private readonly string _table;
    private readonly string _first;
    private readonly string _second;

    public ForwardingRules(string table, string firstPort, string secondPort)
    {
        _table = table;
        _first = firstPort;
        _second = secondPort;
    }

    /// <summary>The rules are in force.</summary>
    public bool Installed { get; private set; }

    public void Install()
    {
        _socket.ExecuteBatch(
            [
                Batch(BatchBegin),
                Message(NewTable, FlagCreate).Attribute(1, _table).AttributeNetworkOrder(2, TableOwner),
                Message(NewChain, FlagCreate)
                    .Attribute(1, _table)
                    .Attribute(3, Chain)
                    .Nest(4, hook => hook.AttributeNetworkOrder(1, HookForward).AttributeNetworkOrder(2, 0))
                    .AttributeNetworkOrder(5, PolicyAccept)
                    .Attribute(7, "filter"),
                DropRule(_first, _second, flags: 0),
                DropRule(_second, _first, NetlinkSocket.Acknowledge),
                Batch(BatchEnd),
            ],
            $"nftables: add table bridge {_table}");
        Installed = true;
    }

    public void Remove()
    {
        _socket.ExecuteBatch(
            [Batch(BatchBegin), Message(DeleteTable, NetlinkSocket.Acknowledge).Attribute(1, _table), Batch(BatchEnd)],
            $"nftables: delete table bridge {_table}");
        Installed = false;
    }

    /// <summary>Frames dropped by the rules in force; 0 where there are none.</summary>
    public long DroppedFrames()
    {
        if (!Installed)
        {
            return 0;
        }

        long packets = 0;
        NetlinkMessage request = Message(GetRule, FlagDump).Attribute(1, _table).Attribute(2, Chain);
        foreach (byte[] reply in _socket.Query(request, $"nftables: list table bridge {_table}"))
        {
            NetlinkAttributes expressions = new NetlinkAttributes(reply.AsSpan(4)).Nest(4);
            packets += CounterOf(expressions);
        }

        return packets;
    }

    /// <summary>Whether the kernel has nftables at all: the answer to a question about a table that does not exist.</summary>
    public static bool Supported()
    {
        try
        {
            using var socket = new NetlinkSocket(NetlinkFamily.Netfilter);
            socket.Execute(Message(GetTable, NetlinkSocket.Acknowledge).Attribute(1, "shaper-probe"), "nftables: probe");
            return true;
        }
        catch (LinuxException e)
        {
            return e.Errno == Errno.ENOENT;
        }
    }

    public void Dispose() => _socket.Dispose();

    private NetlinkMessage DropRule(string from, string to, ushort flags) =>
        Message(NewRule, FlagCreate | FlagAppend | flags)
            .Attribute(1, _table)
            .Attribute(2, Chain)
            .Nest(4, rule =>
            {
                CompareName(rule, MetaInputName, from);
                CompareName(rule, MetaOutputName, to);
                Expression(rule, "counter", _ => { });
                Expression(rule, "immediate", drop => drop
                    .AttributeNetworkOrder(1, RegisterVerdict)
                    .Nest(2, data => data.Nest(2, verdict => verdict.AttributeNetworkOrder(1, VerdictDrop))));
            });

    /// <summary>
    /// The rule goes on only if the frame's interface, in or out, has this name. By name, so that the rules hold for an interface that was
    /// removed and came back. The kernel keeps names in sixteen bytes, zeros behind.
    /// </summary>
    private static void CompareName(NetlinkMessage rule, uint key, string name)
    {
        byte[] padded = new byte[NameBytes];
        Encoding.ASCII.GetBytes(name, padded);
        Expression(rule, "meta", meta => meta.AttributeNetworkOrder(1, Register1).AttributeNetworkOrder(2, key));
        Expression(rule, "cmp", compare => compare
            .AttributeNetworkOrder(1, Register1)
            .AttributeNetworkOrder(2, CompareEqual)
            .Nest(3, data => data.Attribute(1, padded)));
    }

    private static void Expression(NetlinkMessage rule, string name, Action<NetlinkMessage> content) =>
        rule.Nest(1, element => element.Attribute(1, name).Nest(2, content));

    /// <summary>The packet count of the rule's counter, found by its name.</summary>
    private static long CounterOf(NetlinkAttributes expressions)
    {
        foreach (NetlinkAttribute element in expressions)
        {
            NetlinkAttributes expression = new(element.Value);
            if (expression.Text(1) == "counter")
            {
                ReadOnlySpan<byte> packets = expression.Nest(2).Find(2);
                return packets.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(packets) : 0;
            }
        }

        return 0;
    }

    /// <summary>A message with nfnetlink's header: family, version, resource.</summary>
    private static NetlinkMessage Message(ushort type, int flags) => new NetlinkMessage(type, (ushort)flags).Append([FamilyBridge, 0, 0, 0]);

    /// <summary>The marks around a batch name the subsystem, in network order.</summary>
    private static NetlinkMessage Batch(ushort type) => new NetlinkMessage(type, 0).Append([0, 0, 0, Subsystem >> 8]);
}
