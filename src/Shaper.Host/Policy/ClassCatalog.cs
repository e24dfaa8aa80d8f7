using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>The classes that rules may name, and in which direction each of them is there.</summary>
internal sealed class ClassCatalog(ClassNames names, PolicyTree inbound, PolicyTree outbound)
{
    /// <summary>What a rule may say.</summary>
    public string AcceptedForm => "one of " + string.Join(", ", All().Where(name => inbound.Has(name) || outbound.Has(name)));

    public bool TryGetId(string name, out ushort id) => names.TryGetId(name, out id) && (inbound.Has(name) || outbound.Has(name));

    /// <summary>The direction in which frames would look for this class in vain; null where it is wherever it is needed.</summary>
    /// <param name="name">A class of this catalog.</param>
    /// <param name="direction">Of the rule; null for both.</param>
    public Direction? MissingIn(string name, Direction? direction) =>
        direction != Direction.Outbound && !inbound.Has(name) ? Direction.Inbound
        : direction != Direction.Inbound && !outbound.Has(name) ? Direction.Outbound
        : null;

    private IEnumerable<string> All() => Enumerable.Range(0, names.Count).Select(id => names[(ushort)id]);
}
