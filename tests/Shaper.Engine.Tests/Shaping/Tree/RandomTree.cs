using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>A tree and a load drawn from a seed, as the operator would write it and as the fluid model sees it.</summary>
internal sealed class RandomTree
{
    private readonly Random _random;
    private readonly int _levels;
    private int _count;

    public RandomTree(int seed)
    {
        _random = new(seed);
        _levels = _random.Next(2, 5);
        LinkBits = (ulong)_random.Next(30, 200) * 1_000_000UL;
        FloorPercent = _random.Next(4) switch { 0 => 0, 1 => 10, _ => 5 };
        Grow(Fluid, null, 1, LinkBits, LinkBits);
        Load();
    }

    public ulong LinkBits { get; }

    public double FloorPercent { get; }

    public FluidClass Fluid { get; } = new("link");

    public List<ClassSpec> Specs { get; } = [];

    public List<FluidClass> Leaves { get; } = [];

    public ClassTreeSpec Spec => new() { Classes = Specs, FloorPercent = FloorPercent };

    private void Grow(FluidClass fluid, string? parent, int level, double max, double min)
    {
        int children = _random.Next(level == 1 ? 2 : 1, 6);
        double unpromised = min * (_random.Next(5) == 0 ? 1.3 : _random.NextDouble());
        for (int i = 0; i < children; i++)
        {
            FluidClass child = new($"c{_count++}")
            {
                Priority = _random.Next(3) == 0 ? _random.Next(8) : 3,
                Weight = _random.Next(3) == 0 ? _random.Next(1, 20) : 1,
            };
            double ceiling = max;
            if (_random.Next(3) == 0)
            {
                child.Max = ceiling = Math.Round(max * (0.15 + (0.8 * _random.NextDouble())));
            }

            double guarantee = 0;
            if (_random.Next(2) == 0)
            {
                guarantee = Math.Round(Math.Min(ceiling, unpromised * _random.NextDouble()));
                unpromised -= guarantee;
                if (guarantee >= 8_000)
                {
                    child.Min = guarantee;
                }
            }

            fluid.Children.Add(child);
            Specs.Add(new()
            {
                Name = child.Name,
                Parent = parent,
                Priority = child.Priority,
                Weight = child.Weight,
                Max = child.Max is { } m ? RateShare.Of(new((ulong)m)) : null,
                Min = child.Min is { } g ? RateShare.Of(new((ulong)g)) : null,
            });
            if (level < _levels && _random.Next(level == 1 ? 4 : 3) != 0)
            {
                Grow(child, child.Name, level + 1, ceiling, child.Min ?? ceiling * 0.3);
            }
            else
            {
                Leaves.Add(child);
            }
        }
    }

    private void Load()
    {
        foreach (FluidClass leaf in Leaves)
        {
            leaf.Demand = _random.Next(4) switch
            {
                0 => 0,
                1 => Math.Round(LinkBits * 0.5 * _random.NextDouble() * _random.NextDouble()) + 500_000,
                _ => double.PositiveInfinity,
            };
        }
    }
}
