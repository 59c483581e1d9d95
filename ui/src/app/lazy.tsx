import type {ComponentType, RefObject} from 'preact';
import {useEffect, useState} from 'preact/hooks';

interface DashboardProps {
  readonly filterRef: RefObject<HTMLInputElement | null>;
}

/** A dashboard whose script comes when it is first opened. */
export function lazyDashboard(
  load: () => Promise<ComponentType<DashboardProps>>,
): ComponentType<DashboardProps> {
  let known: ComponentType<DashboardProps> | undefined;
  return function Lazy(props: DashboardProps) {
    const [Loaded, setLoaded] = useState<ComponentType<DashboardProps> | undefined>(() => known);
    useEffect(() => {
      if (Loaded !== undefined) return;
      void load().then((component) => {
        known = component;
        setLoaded(() => component);
      });
    }, [Loaded]);
    return Loaded === undefined ? null : <Loaded {...props} />;
  };
}
