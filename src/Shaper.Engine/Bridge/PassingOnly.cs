using Shaper.Engine.Interop;

namespace Shaper.Engine.Bridge;

/// <summary>Whether unicast to others only passes through a bridge, so that nobody misses it when the bridge does not see it.</summary>
internal static class PassingOnly
{
    /// <summary>
    /// Nothing but the two ports and the addresses that the pair knows hangs on the bridge: no third port, no address added by hand, no capture and
    /// no interface stacked on it, both of which make it promiscuous.
    /// </summary>
    public static bool Holds(LinkTable links, BridgePair pair)
    {
        if (pair.Bridge.IsPromiscuous)
        {
            return false;
        }

        foreach (NetworkLink link in links.All())
        {
            if (link.MasterIndex == pair.Bridge.Index && link.Index != pair.Wan.Index && link.Index != pair.Lan.Index)
            {
                return false;
            }
        }

        BridgeAddresses known = pair.Addresses;
        foreach (ulong station in links.LocalStations(pair.Bridge.Index))
        {
            if (!known.IsLocal(station))
            {
                return false;
            }
        }

        return true;
    }
}
