using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>One line of a <see cref="CrashJournal"/>: a port and the offloads that were turned off on it.</summary>
/// <param name="Name">Interface name.</param>
/// <param name="Index">Interface index at the time.</param>
/// <param name="MacAddress">48 bits.</param>
/// <param name="Offloads">By the names of ethtool(8).</param>
public sealed record JournalledPort(string Name, int Index, ulong MacAddress, IReadOnlyList<string> Offloads)
{
    private const string NoOffloads = "-";

    /// <summary>The interface of this name is the one that was written down, not a later one.</summary>
    public bool IsSame(NetworkLink link) => link.Name == Name && link.Index == Index && link.MacAddress == MacAddress;

    public static bool TryParse(string line, [NotNullWhen(true)] out JournalledPort? port)
    {
        port = null;
        string[] fields = line.Split(' ');
        if (fields.Length != 4
            || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || !ulong.TryParse(fields[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mac))
        {
            return false;
        }

        port = new(fields[0], index, mac, fields[3] == NoOffloads ? [] : fields[3].Split(','));
        return true;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name} {Index} {MacAddress:x12} {(Offloads.Count == 0 ? NoOffloads : string.Join(',', Offloads))}");
}
